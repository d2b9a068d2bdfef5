import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import type { ApiTokenStore } from '../../src/core/api-token-store.js';
import type { SessionStore, SweepResult } from '../../src/core/session-store.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { keyPair } from '../support/key-pairs.js';
import { jwtManager, opaqueManager, rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';

const NEVER = () => new Promise<void>(() => undefined);

interface Given {
  readonly store: SessionStore;
  readonly apiTokenStore: ApiTokenStore;
  readonly logger: MemoryLogger;
}

let store: SessionStore;
let apiTokenStore: ApiTokenStore;
let logger: MemoryLogger;
let closed: string[];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  store = new MemorySessionStore();
  apiTokenStore = new MemoryApiTokenStore();
  logger = new MemoryLogger();
  closed = [];
  store.close = () => void closed.push('sessions');
  apiTokenStore.close = () => void closed.push('api tokens');
});

afterEach(() => {
  jest.useRealTimers();
});

/** A verifier with both of the issuer's stores. */
async function verifier(given: Given) {
  const signing = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;
  const jwks = (await jwtManager({ signing })).keys.publicKeys();
  return createSessionVerifier({ jwks, issuer: 'issuer', audience: 'audience', ...given });
}

describe.each([
  ['a manager', (given: Given) => jwtManager(given)],
  ['a verifier', verifier],
])('%s', (_, make) => {
  const opened = () => make({ store, apiTokenStore, logger });

  it('D5 closes its stores once, however often it is closed and at the same time', async () => {
    const it = await opened();
    await Promise.all([it.close(), it.close()]);
    await it.close();
    expect(closed).toEqual(['sessions', 'api tokens']);
  });

  it('that could not close says so again, and does not try again', async () => {
    let attempts = 0;
    store.close = () => {
      attempts += 1;
      throw new Error('half open');
    };
    const it = await opened();
    const failures = [await rejectionOf(it.close()), await rejectionOf(it.close())];
    expect(failures[0]).toBe(failures[1]);
    expect(attempts).toBe(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('half open');
      },
    ],
    ['rejects', () => Promise.reject(new Error('half open'))],
  ])('D5 closes the second store although the first %s, and then names that one', async (_how, fail) => {
    store.close = fail;
    await expect((await opened()).close()).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
      message: 'The session store could not be closed: Error: half open',
      cause: new Error('half open'),
    });
    expect(closed).toEqual(['api tokens']);
  });

  it('rejects with the first of two failures, and logs the second', async () => {
    store.close = () => Promise.reject(new Error('half open'));
    apiTokenStore.close = () => {
      throw new Error('read-only');
    };
    await expect((await opened()).close()).rejects.toThrow('The session store could not be closed');
    expect(logger.entries).toEqual([
      'error SessionStoreUnavailableError: The store of API tokens could not be closed: Error: read-only',
    ]);
  });

  it('D5 waits ten seconds for a store that never answers, closes the other, and names it in the log', async () => {
    store.close = NEVER;
    let isClosed = false;
    const closing = (await opened()).close().then(() => (isClosed = true));
    await jest.advanceTimersByTimeAsync(9_999);
    expect({ isClosed, closed }).toEqual({ isClosed: false, closed: ['api tokens'] });
    await jest.advanceTimersByTimeAsync(1);
    await closing;
    expect(logger.entries).toEqual([
      'error The session store was not closed within 10 s; going on without it',
    ]);
  });

  it('D5 waits for two stores that never answer at the same time: ten seconds in all', async () => {
    store.close = apiTokenStore.close = NEVER;
    const closing = (await opened()).close();
    await jest.advanceTimersByTimeAsync(10_000);
    await closing;
    expect(logger.entries).toHaveLength(2);
  });

  it('does not end the process when a store fails that nobody waits for any more', async () => {
    let fail = (_: Error): void => undefined;
    store.close = () => new Promise((_resolve, reject) => (fail = reject));
    const closing = (await opened()).close();
    await jest.advanceTimersByTimeAsync(10_000);
    await closing;
    fail(new Error('too late'));
    // Jest fails the test for a rejection that nobody handles.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('leaves no timer behind that would keep the process alive', async () => {
    await (await opened()).close();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a clean-up', () => {
  it('that is under way when the manager is closed stops after its slice', async () => {
    let slices = 0;
    store.sweepExpired = (): SweepResult => ({ removed: (slices += 1) && 1, more: true });
    const manager = await opaqueManager({ store });
    const cleaning = manager.cleanupExpiredSessions();
    await manager.close();
    const removed = await cleaning;
    expect(removed).toBe(slices);
    expect(slices).toBeLessThanOrEqual(2);
  });

  it('asks no store that is closed', async () => {
    const sweeps = [jest.spyOn(store, 'sweepExpired'), jest.spyOn(apiTokenStore, 'sweepExpired')];
    const manager = await jwtManager({ store, apiTokenStore });
    await manager.close();
    expect(await manager.cleanupExpiredSessions()).toBe(0);
    for (const sweep of sweeps) expect(sweep).not.toHaveBeenCalled();
  });

  it('frees API tokens although that of sessions fails, and then says so', async () => {
    store.sweepExpired = () => {
      throw new Error('no space');
    };
    const sweep = jest.spyOn(apiTokenStore, 'sweepExpired');
    const manager = await jwtManager({ store, apiTokenStore });
    await expect(manager.cleanupExpiredSessions()).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
    });
    expect(sweep).toHaveBeenCalledTimes(1);
  });
});

it('a manager without stores is closed as often as one likes', async () => {
  const manager = await createSessionManager({ strategy: 'no-auth', logger });
  await Promise.all([manager.close(), manager.close()]);
});
