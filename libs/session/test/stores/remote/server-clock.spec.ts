import { describe, expect, it } from '@jest/globals';
import { SessionStoreUnavailableError } from '../../../src/core/errors.js';
import { SECOND } from '../../../src/util/clock.js';
import { ServerClock } from '../../../src/stores/remote/server-clock.js';

const EPOCH = Date.UTC(2026, 0, 1);

/** A server whose clock runs beside ours, and the ways there and back. */
class Server {
  elapsed = 5000;
  offset = EPOCH;
  there = 10;
  back = 10;
  asked = 0;
  isAway = false;
  readonly clock = new ServerClock(
    async () => {
      this.asked += 1;
      if (this.isAway) throw new Error('connect ECONNREFUSED');
      this.elapsed += this.there;
      const time = this.time;
      this.elapsed += this.back;
      return time;
    },
    () => this.elapsed,
  );

  get time(): number {
    return this.elapsed + this.offset;
  }

  async learnt(there: number, back: number): Promise<this> {
    Object.assign(this, { there, back });
    await this.clock.learn();
    return this;
  }
}

describe('ServerClock', () => {
  it('tells no time before it is known', () => {
    const server = new Server();
    server.isAway = true;
    expect(server.clock.now).toThrow(SessionStoreUnavailableError);
  });

  it('asks as soon as somebody wants to know, and again while that is in vain', async () => {
    const server = new Server();
    server.isAway = true;
    expect(server.clock.now).toThrow();
    await expect(server.clock.known()).rejects.toThrow();
    server.isAway = false;
    expect(server.clock.now).toThrow();
    await server.clock.known();
    expect(server.clock.now()).toBe(server.time);
  });

  it('tells the server’s time, with half of what the trips differ as its error', async () => {
    const server = await new Server().learnt(30, 10);
    expect(server.clock.now() - server.time).toBe(10);
  });

  it('believes the shortest trip', async () => {
    const server = await new Server().learnt(5, 5);
    await server.learnt(400, 0);
    expect(server.clock.now()).toBe(server.time);
    await server.learnt(1, 1);
    await server.learnt(0, 400);
    expect(server.clock.now()).toBe(server.time);
  });

  it('lets a shorter trip put right what a longer one told', async () => {
    const server = await new Server().learnt(400, 0);
    expect(server.clock.now()).not.toBe(server.time);
    await server.learnt(5, 5);
    expect(server.clock.now()).toBe(server.time);
  });

  it.each([-3600 * SECOND, 3600 * SECOND])(
    'follows a server that is %p ms from what it was',
    async (step) => {
      const server = await new Server().learnt(1, 1);
      server.offset += step;
      await server.learnt(20, 20);
      expect(server.clock.now()).toBe(server.time);
    },
  );

  it('asks again after ten seconds, beside what it tells, and not before', async () => {
    const server = await new Server().learnt(1, 1);
    server.elapsed += 10 * SECOND - 1;
    server.clock.now();
    expect(server.asked).toBe(1);
    server.elapsed += 1;
    const told = server.clock.now();
    expect([server.asked, told]).toEqual([2, expect.any(Number)]);
  });

  it('goes on from what it knows while the server is away', async () => {
    const server = await new Server().learnt(1, 1);
    server.isAway = true;
    server.elapsed += 3600 * SECOND;
    expect(server.clock.now()).toBe(server.time);
  });

  it('asks once for all who want to know at the same time', async () => {
    const server = new Server();
    await Promise.all([server.clock.known(), server.clock.learn(), server.clock.learn()]);
    expect(server.asked).toBe(1);
  });
});
