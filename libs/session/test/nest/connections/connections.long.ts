import { describe, expect, it } from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { PLATFORMS } from '../../support/nest-app.js';
import { producers, streamApp, until } from './streams.js';

/** Streams and sessions of their own at once. */
const AT_ONCE = 50;

describe.each(PLATFORMS)('streams of events on %s, at length', (platform) => {
  it('10,000 came and went, by their clients and by revocations: nothing is left of them', async () => {
    const { manager, connections, open, close } = await streamApp(platform);
    await inTurns(10_000, async (number) => {
      const { accessToken, sessionId } = (await manager.createSession(`user${number}`))!;
      const stream = await open(accessToken);
      if (number % 2 === 0) stream.leave();
      else await manager.invalidateSession({ sessionId });
      await stream.closed;
    });
    await until(() => connections.size === 0 && producers.running === 0);
    await close();
  });

  it('10,000 handshakes race a revocation that falls into the window: none is open after it is acknowledged', async () => {
    const revoking = new Map<string, Promise<unknown>>();
    const started = await streamApp(platform, {
      resolveUser: async ({ username, sessionId }: { username: string; sessionId: string }) => {
        const revocation = started.manager.invalidateSession({ sessionId });
        revoking.set(username, revocation);
        // By turns it is over, or under way, when the user is found.
        if (Number(username.slice('user'.length)) % 2 === 0) await revocation;
        return { username };
      },
    });
    let opened = 0;
    await inTurns(10_000, async (number) => {
      const username = `user${number}`;
      const stream = await started.open((await started.manager.createSession(username))!.accessToken);
      await revoking.get(username);
      if (stream.status !== 401) {
        opened += 1;
        await stream.closed;
      }
      stream.leave();
    });
    expect([started.connections.size, producers.running]).toEqual([0, 0]);
    print(`${platform}: 10,000 raced, ${opened} of them were open for a moment`);
    await started.close();
  });

  it('those of tokens of two seconds close when these have expired, by the real clock', async () => {
    const { manager, connections, open, close } = await streamApp(platform, { sessionTimeout: 2 });
    const late: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, number) => {
        await new Promise((resolve) => setTimeout(resolve, number * 20));
        const { accessToken, expiresAt } = (await manager.createSession(`user${number}`))!;
        const stream = await open(accessToken);
        await stream.closed;
        late.push(Date.now() - expiresAt.getTime());
      }),
    );
    print(`${platform}: closed ${spread(late)} after the expiry`);
    expect(late.filter((milliseconds) => milliseconds < 0)).toEqual([]);
    expect(connections.size).toBe(0);
    await close();
  });

  it('1,000 that are open close as their sessions are revoked one after the other', async () => {
    const { manager, open, close } = await streamApp(platform);
    const streams = await Promise.all(
      Array.from({ length: 1000 }, async (_, number) => {
        const { accessToken, sessionId } = (await manager.createSession(`user${number}`))!;
        return { sessionId, stream: await open(accessToken, 'quiet') };
      }),
    );
    const took: number[] = [];
    const closed = streams.map(async ({ sessionId, stream }) => {
      await manager.invalidateSession({ sessionId });
      const acknowledged = performance.now();
      await stream.closed;
      took.push(performance.now() - acknowledged);
    });
    await Promise.all(closed);
    print(`${platform}: closed ${spread(took)} after the acknowledgement`);
    await until(() => producers.running === 0);
    await close();
  });
});

async function inTurns(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function spread(milliseconds: number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1]!.toFixed(0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}

function print(line: string): void {
  // Past Jest, which would add where it was called.
  process.stdout.write(`${line}\n`);
}
