import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { ActiveRecord, SessionRecord } from '../../../src/core/session.js';
import type { SessionStore } from '../../../src/core/session-store.js';
import type { NearCacheStats } from '../../../src/stores/remote/near-cache.js';
import type { RemoteOptions, RemoteSessionOptions } from '../../../src/stores/remote/remote-options.js';
import { newSession, rotationAt, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import type { TestServer } from './backend.js';

const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;
export const nearCache = { max: 1000, maxStaleness: 1000 };

/** A store that tells what it keeps nearby. */
export type NearStore = SessionStore & { stats(): NearCacheStats };

/** Two stores of one namespace, each of a process of its own, as far as the server knows. */
export interface Pair {
  readonly server: Pick<TestServer, 'freeze' | 'thaw'>;
  readonly near: NearStore;
  readonly other: SessionStore;
  /** Takes a session away without a word. */
  takeAway(id: string): Promise<unknown>;
  /** Ends the connections that news come over. */
  cutNews(): Promise<unknown>;
  end(): void;
}

/** What is near one process while another works on the same sessions. */
export function nearBesideAnother(
  makePair: (options: RemoteOptions, near: RemoteSessionOptions) => Promise<Pair>,
): void {
  let pair: Pair;
  let near: NearStore;
  let other: SessionStore;
  let record: SessionRecord;
  let now: number;

  beforeEach(async () => {
    now = START;
    pair = await makePair({ timeout: 2000, clock: () => now }, { nearCache });
    ({ near, other } = pair);
    await heard(near);
    record = await loggedIn();
  });
  afterEach(async () => {
    await Promise.all([near.close(), other.close()]);
    pair.end();
  });

  /** A session that is nearby. */
  async function loggedIn(given: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const made = newSession(START, given);
    await other.create(made, UNLIMITED, now);
    expect(await near.access(made.id, 0, now)).toMatchObject({ id: made.id });
    return made;
  }

  /** Whether the server is asked, whatever comes of it. */
  function asksFor({ id }: SessionRecord, generation = 0): boolean {
    const answer = near.access(id, generation, now);
    if (!(answer instanceof Promise)) return false;
    answer.catch(() => undefined);
    return true;
  }

  it('answers at once, and asks nobody', () => {
    const before = near.stats().hits;
    const answer = near.access(record.id, 0, now) as ActiveRecord;
    expect(answer).toMatchObject({ id: record.id, username: 'alice', generation: 0 });
    expect(near.stats().hits).toBe(before + 1);
  });

  it.each([
    ['a logout', () => other.revoke(record.id, 'logout', {}, now)],
    ['an end of all of the user’s', () => other.revokeByUser('alice', {}, now)],
    ['an end of everybody’s', () => other.revokeAll({}, now)],
    [
      'an eviction',
      () => other.create(newSession(START), { ...UNLIMITED, max: 1, onLimit: 'evict-oldest' }, now),
    ],
  ])('R7 %s elsewhere acts here as soon as the news is there', async (_, end) => {
    await end();
    await until(async () => (await near.access(record.id, 0, now)) === undefined);
  });

  it('a refresh elsewhere is followed, and so is what the session carries', async () => {
    await other.amend(record.id, { claims: { plan: 'gold' } }, now);
    await until(async () => (await near.access(record.id, 0, now))?.claims?.['plan'] === 'gold');
    const request = { from: 0, attempt: 'a', next: rotationAt(now), rules: UNLIMITED };
    await other.rotate(record.id, request, now);
    await until(async () => (await near.access(record.id, 0, now)) === undefined);
    expect(await near.access(record.id, 1, now)).toMatchObject({ generation: 1 });
  });

  it('R7 what this process does itself acts at once', async () => {
    await near.revoke(record.id, 'logout', {}, now);
    expect(await near.access(record.id, 0, now)).toBeUndefined();
  });

  it('a fresh answer is the server’s', async () => {
    const before = near.stats().hits;
    const answer = near.access(record.id, 0, now, { fresh: true });
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toMatchObject({ id: record.id });
    expect(near.stats().hits).toBe(before);
  });

  it('R7 who is not there by a fresh answer is not there without one either, though no news have come', async () => {
    await pair.takeAway(record.id);
    expect(await near.access(record.id, 0, now)).toMatchObject({ id: record.id });
    expect(await near.access(record.id, 0, now, { fresh: true })).toBeUndefined();
    expect(await near.access(record.id, 0, now)).toBeUndefined();
  });

  it('refuses nobody by itself: another generation, and what seems over, are asked for', async () => {
    expect(asksFor(record, 1)).toBe(true);
    now += 60 * SECOND;
    expect(asksFor(record)).toBe(true);
    expect(await near.access(record.id, 0, now)).toBeUndefined();
  });

  it('accesses are noted together, and who lists sees them', async () => {
    now += 5 * SECOND;
    expect(near.access(record.id, 0, now)).toMatchObject({ lastAccessed: now });
    expect((await other.find(record.id, now))!.lastAccessed).toBe(START);
    expect((await near.listByUser('alice', now))[0]!.lastAccessed).toBe(now);
    expect((await other.find(record.id, now))!.lastAccessed).toBe(now);
  });

  it('R7 a noted access brings nothing back', async () => {
    now += 5 * SECOND;
    expect(near.access(record.id, 0, now)).toMatchObject({ id: record.id });
    await other.revoke(record.id, 'logout', {}, now);
    await near.listByUser('alice', now);
    expect(await other.find(record.id, now)).toBeUndefined();
    expect(await other.absence(record.id, 0, now)).toBe('logout');
  });

  it('a session whose end depends on its use is asked for in each new second', async () => {
    const idle = await loggedIn({ idleTimeout: 10 * SECOND });
    expect(asksFor(idle)).toBe(false);
    now += SECOND;
    expect(asksFor(idle)).toBe(true);
  });

  it('R7 a lost subscription lets nothing count any more, at once', async () => {
    expect(near.stats().size).toBeGreaterThan(0);
    await pair.cutNews();
    await until(() => near.stats().staleness === Infinity || near.stats().size === 0);
    expect(asksFor(record)).toBe(true);
    await until(async () => {
      await near.access(record.id, 0, now);
      return !asksFor(record);
    });
  });

  it('R7 a connection that stalls lets nothing count beyond maxStaleness', async () => {
    pair.server.freeze();
    try {
      while (!asksFor(record)) await pause(10);
      // Else this would never come to its end.
      expect(near.stats().staleness).toBeGreaterThanOrEqual(nearCache.maxStaleness - 100);
    } finally {
      pair.server.thaw();
    }
  });
}

/** Resolves once the first beat has come back: from then on what is asked for is kept. */
export async function heard(store: NearStore): Promise<void> {
  await until(() => store.stats().staleness < Infinity);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('It did not come to that within ten seconds');
    await pause(5);
  }
}
