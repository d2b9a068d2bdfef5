import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionStoreUnavailableError } from '../../../src/core/errors.js';
import { RemoteCalls } from '../../../src/stores/remote/remote-calls.js';

describe('RemoteCalls', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const OOM = new Error('OOM command not allowed');
  const calls = () =>
    new RemoteCalls({
      server: 'The server',
      timeout: 300,
      breaker: { failures: 2, probeAfter: 250 },
      isAnswer: (error) => error === OOM,
    });
  const silent = () => new Promise<never>(() => undefined);
  const lost = () => Promise.reject(new Error('Connection is closed.'));

  it('hands on what was answered, and leaves no timer', async () => {
    expect(await calls().call(async () => 7)).toBe(7);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits for so long and no longer', async () => {
    const answer = calls().call(silent);
    const caught = answer.catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(299);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(await caught).toBeInstanceOf(SessionStoreUnavailableError);
    expect(String(await caught)).toContain('The server did not answer within 300 ms');
  });

  it('waits for as long as a call says itself', async () => {
    const caught = calls()
      .call(silent, { timeout: 1000 })
      .catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(999);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(String(await caught)).toContain('1000 ms');
  });

  it('says what was answered after all, once nobody waits for it any more', async () => {
    const tooLate: number[] = [];
    let answer: (value: number) => void = () => undefined;
    const caught = calls()
      .call(() => new Promise<number>((resolve) => (answer = resolve)), {
        tooLate: (late) => tooLate.push(late),
      })
      .catch(() => 'given up');
    await jest.advanceTimersByTimeAsync(300);
    expect(await caught).toBe('given up');
    answer(7);
    await jest.advanceTimersByTimeAsync(0);
    expect(tooLate).toEqual([7]);
  });

  it('does not say so of what was answered in time', async () => {
    const tooLate = jest.fn();
    await calls().call(async () => 7, { tooLate });
    expect(tooLate).not.toHaveBeenCalled();
  });

  it('takes a lost connection for what it is, with the cause', async () => {
    await expect(calls().call(lost)).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
      cause: new Error('Connection is closed.'),
    });
  });

  it('takes a client that throws for one that rejects', async () => {
    const thrown = calls().call(() => {
      throw new Error('The client is closed');
    });
    await expect(thrown).rejects.toThrow(SessionStoreUnavailableError);
  });

  it('begins nothing while the server is away, but a probe', async () => {
    const guard = calls();
    for (let call = 0; call < 2; call += 1) await guard.call(lost).catch(() => undefined);
    const work = jest.fn(async () => 7);
    await expect(guard.call(work)).rejects.toThrow(/not there at present/);
    expect(work).not.toHaveBeenCalled();
    jest.advanceTimersByTime(250);
    expect(await guard.call(work)).toBe(7);
    expect(await guard.call(work)).toBe(7);
  });

  it('counts a call that nobody answered in time as a silence', async () => {
    const guard = calls();
    const given = [guard.call(silent), guard.call(silent)].map((call) => call.catch(() => undefined));
    await jest.advanceTimersByTimeAsync(300);
    await Promise.all(given);
    await expect(guard.call(async () => 7)).rejects.toThrow(/not there at present/);
  });

  it('never gives a server up that answers, whatever the error is, and hands it on as it is', async () => {
    const guard = calls();
    for (let call = 0; call < 10; call += 1) {
      await guard.call(lost).catch(() => undefined);
      await expect(guard.call(() => Promise.reject(OOM))).rejects.toBe(OOM);
    }
    expect(await guard.call(async () => 7)).toBe(7);
  });
});
