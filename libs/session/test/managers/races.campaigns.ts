import { expect } from '@jest/globals';
import type { SessionTarget } from '../../src/managers/manager-types.js';
import type { SessionManager } from '../../src/managers/session.manager.js';
import type { SessionTokens } from '../../src/core/session.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock } from '../../src/testing/index.js';
import { jwtManager, opaqueManager } from '../support/managers.js';
import { scattered, someTurns } from '../support/scattered-store.js';
import { seededRandom, type SeededRandom } from '../support/seeded-random.js';

/** How often a race is run, and the seed of the delays that let its runners overtake each other. */
export interface Races {
  readonly rounds: number;
  readonly seed: number;
}

const PARALLEL = 100;
/** Turns of the event loop that refreshes may have before a revocation begins: some then end before it, some after. */
const MAX_HEAD_START = 40;
const STRATEGIES = [
  ['token', opaqueManager],
  ['jwt', jwtManager],
] as const;

type Make = (options: object) => Promise<SessionManager>;

/** Each strategy in turn, over stores that scatter their questions and answers. */
async function underEach(
  { seed }: Races,
  race: (make: Make, random: SeededRandom, strategy: 'token' | 'jwt') => Promise<void>,
): Promise<void> {
  for (const [strategy, makeManager] of STRATEGIES) {
    const random = seededRandom(seed);
    await race(
      (options) => makeManager({ store: scattered(new MemorySessionStore(), random), ...options }),
      random,
      strategy,
    );
  }
}

const renewalOf = (tokens: SessionTokens) => tokens.refreshToken ?? tokens.accessToken;
const login = async (manager: SessionManager, username = 'alice') => (await manager.createSession(username))!;

function inParallel<T>(times: number, run: () => Promise<T>): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled(Array.from({ length: times }, run));
}

const granted = (results: readonly PromiseSettledResult<SessionTokens | null>[]) =>
  results.flatMap((result) => (result.status === 'fulfilled' && result.value !== null ? [result.value] : []));
const refusedCodes = (results: readonly PromiseSettledResult<unknown>[]) =>
  new Set(results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason.code)] : [])));

async function expectNothingUsable(manager: SessionManager, handedOut: readonly SessionTokens[]) {
  for (const tokens of handedOut) {
    expect(await manager.sessionUsername(tokens.accessToken)).toBeNull();
    await expect(manager.refreshSession(renewalOf(tokens))).rejects.toMatchObject({
      code: expect.stringMatching(/^REFRESH_TOKEN_/),
    });
  }
  expect(await manager.nActiveSessions()).toBe(0);
  expect(await manager.listSessions('alice')).toEqual([]);
}

async function expectUsable(manager: SessionManager, tokens: SessionTokens) {
  expect(await manager.sessionUsername(tokens.accessToken)).toBe('alice');
  expect(await manager.refreshSession(renewalOf(tokens))).not.toBeNull();
}

/** Within the grace window all get the one successor, and that can be refreshed. */
export async function refreshTogetherInGrace(races: Races): Promise<void> {
  await underEach(races, async (make) => {
    for (let round = 0; round < races.rounds; round += 1) {
      const manager = await make({ refreshGrace: 10 });
      const first = await login(manager);
      const results = await inParallel(PARALLEL, () => manager.refreshSession(renewalOf(first)));
      expect(refusedCodes(results)).toEqual(new Set());
      const successors = granted(results);
      expect(successors).toHaveLength(PARALLEL);
      expect(new Set(successors.map(renewalOf)).size).toBe(1);
      expect(new Set(successors.map(({ accessToken }) => accessToken)).size).toBe(1);
      await expectUsable(manager, successors[0]!);
    }
  });
}

/**
 * Without a grace window one refresh is granted, and the second use of its token is reuse: under `jwt` the family
 * ends, the successor with it, unless that is only to be refused; an opaque token is only refused.
 */
export async function refreshTogetherWithoutGrace(races: Races): Promise<void> {
  await underEach(races, async (make, _random, strategy) => {
    for (const onRefreshReuse of strategy === 'jwt' ? ['revoke', 'reject'] : [undefined]) {
      for (let round = 0; round < races.rounds; round += 1) {
        const manager = await make({ refreshGrace: 0, ...(onRefreshReuse && { onRefreshReuse }) });
        const first = await login(manager);
        const results = await inParallel(PARALLEL, () => manager.refreshSession(renewalOf(first)));
        const successors = granted(results);
        expect(successors).toHaveLength(1);
        expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(PARALLEL - 1);
        if (onRefreshReuse === 'revoke') {
          expect(refusedCodes(results)).toContain('REFRESH_TOKEN_REUSE');
          await expectNothingUsable(manager, [first, ...successors]);
        } else {
          await expectUsable(manager, successors[0]!);
        }
      }
    }
  });
}

/** Once a revocation is acknowledged, nothing opens from any response, whether it came before or came after. */
export async function revokeWhileRefreshing(races: Races): Promise<void> {
  await underEach(races, async (make, random, strategy) => {
    // Whoever is overtaken twice presents an older generation, which is not to be what ends the session here.
    const reject = strategy === 'jwt' && { onRefreshReuse: 'reject' };
    const manager = await make({ refreshGrace: 10, existingSession: 'new', ...reject });
    let late = 0;
    for (let round = 0; round < races.rounds; round += 1) {
      const tokens = await login(manager);
      const handedOut = [tokens];
      const refreshes = inParallel(4, () => refreshOnAndOn(manager, tokens, handedOut));
      const validations = inParallel(3, () => manager.sessionUsername(tokens.accessToken));
      await someTurns(random, MAX_HEAD_START);
      await revoke(manager, tokens, random(4));
      const acknowledged = [...handedOut];
      await expectNothingUsable(manager, acknowledged);
      for (const code of refusedCodes(await refreshes)) expect(code).toMatch(/^REFRESH_TOKEN_/);
      await validations;
      await expectNothingUsable(manager, handedOut);
      if (handedOut.length > acknowledged.length) late += 1;
    }
    // Else the races were won too clearly to prove anything.
    expect(late).toBeGreaterThan(races.rounds / 20);
  });
}

/** Presents each successor for the next one, until it is refused. */
async function refreshOnAndOn(manager: SessionManager, tokens: SessionTokens, handedOut: SessionTokens[]) {
  for (let latest = tokens; ;) {
    latest = (await manager.refreshSession(renewalOf(latest)))!;
    handedOut.push(latest);
  }
}

async function revoke(manager: SessionManager, { accessToken, sessionId }: SessionTokens, way: number) {
  const targets: SessionTarget[] = [accessToken, { sessionId }, { jti: `${sessionId}.a0` }];
  const target = targets[way];
  if (target === undefined) {
    expect(await manager.invalidateAllSessions('alice')).toMatchObject({ sessions: 1 });
  } else {
    expect(await manager.invalidateSession(target)).toEqual({ invalidated: true, username: 'alice' });
  }
}

/** However many log in at once: as many sessions as may be, each with its tokens, and all that went is told. */
export async function logInTogether(races: Races): Promise<void> {
  await underEach(races, async (make) => {
    for (const limit of [1, 3, 10]) {
      for (const options of [
        { maxConcurrentSessions: limit, onLimit: 'reject' },
        { maxConcurrentSessions: limit, onLimit: 'evict-oldest' },
        { maxConcurrentSessions: Infinity, maxSessionsPerUser: limit, onLimit: 'evict-oldest' },
        { maxConcurrentSessions: Infinity, maxSessionsPerUser: limit, onLimit: 'evict-idle' },
      ]) {
        for (let round = 0; round < races.rounds; round += 1) {
          const manager = await make({ existingSession: 'new', ...options });
          const results = await inParallel(PARALLEL, () => manager.createSession('alice'));
          expect(refusedCodes(results)).toEqual(new Set());
          await expectExactly(limit, manager, granted(results));
          expect(granted(results)).toHaveLength(options.onLimit === 'reject' ? limit : PARALLEL);
        }
      }
    }
  });
}

async function expectExactly(limit: number, manager: SessionManager, logins: readonly SessionTokens[]) {
  const evicted = logins.flatMap((tokens) => tokens.evicted);
  expect(new Set(evicted).size).toBe(evicted.length);
  const left = new Set<string>();
  for (const { accessToken, sessionId } of logins) {
    if ((await manager.sessionUsername(accessToken)) !== null) left.add(sessionId);
  }
  expect(left.size).toBe(limit);
  expect(logins.length - evicted.length).toBe(limit);
  expect(evicted.filter((id) => left.has(id))).toEqual([]);
  expect(await manager.nActiveSessions()).toBe(limit);
}

/** The window stands as long as it was promised, is for the immediate predecessor, and does not grow by its use. */
export async function useGraceTogether(races: Races): Promise<void> {
  await underEach(races, async (make, random, strategy) => {
    for (let round = 0; round < races.rounds; round += 1) {
      const clock = manualClock();
      const refreshGrace = 1 + random(60);
      const reject = strategy === 'jwt' && { onRefreshReuse: 'reject' };
      const manager = await make({ clock, refreshGrace, ...reject });
      const oldest = await login(manager);
      const first = (await manager.refreshSession(renewalOf(oldest)))!;
      const second = (await manager.refreshSession(renewalOf(first)))!;
      const end = clock() + refreshGrace * 1000;
      for (let uses = 0; uses < 4; uses += 1) {
        clock.set(Math.min(end - 1, clock() + random(refreshGrace * 500)));
        if (uses === 3) clock.set(end - 1);
        const results = await Promise.allSettled([
          ...Array.from({ length: 5 }, () => manager.refreshSession(renewalOf(first))),
          manager.refreshSession(renewalOf(oldest)),
        ]);
        expect(new Set(granted(results.slice(0, 5)).map(renewalOf))).toEqual(new Set([renewalOf(second)]));
        expect(results[5]!.status).toBe('rejected');
        expect(await manager.sessionUsername(first.accessToken)).toBe('alice');
        expect(await manager.sessionUsername(oldest.accessToken)).toBeNull();
      }
      clock.set(end);
      await expect(manager.refreshSession(renewalOf(first))).rejects.toMatchObject({
        code: strategy === 'jwt' ? 'REFRESH_TOKEN_REUSE' : 'REFRESH_TOKEN_NOT_FOUND',
      });
      expect(await manager.sessionUsername(first.accessToken)).toBeNull();
      await expectUsable(manager, second);
    }
  });
}

/** As long as no slot is free all are told so, and nothing is used up; the first slot then serves one successor. */
export async function refreshTogetherWithoutSlot({ rounds, seed }: Races): Promise<void> {
  const random = seededRandom(seed);
  for (let round = 0; round < rounds; round += 1) {
    const clock = manualClock();
    const store = scattered(new MemorySessionStore(), random);
    const manager = await jwtManager({ store, clock, maxConcurrentSessions: 1, refreshGrace: 10 });
    const lapsed = await login(manager);
    clock.advance('1h');
    const other = await login(manager, 'bob');
    const refused = await inParallel(PARALLEL, () => manager.refreshSession(lapsed.refreshToken));
    expect(refused).toEqual(Array.from({ length: PARALLEL }, () => ({ status: 'fulfilled', value: null })));
    await manager.invalidateSession({ sessionId: other.sessionId });
    const successors = granted(await inParallel(PARALLEL, () => manager.refreshSession(lapsed.refreshToken)));
    expect(successors).toHaveLength(PARALLEL);
    expect(new Set(successors.map(renewalOf)).size).toBe(1);
    expect(await manager.nActiveSessions()).toBe(1);
    await expectUsable(manager, successors[0]!);
  }
}
