import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { jwtManager } from '../../support/managers.js';
import type { Connection } from './backend.js';
import type { StoreWorkers } from './store-workers.js';

/** A race between processes, and who looks at what came of it. */
export interface Races {
  readonly workers: StoreWorkers;
  /** To the same server, from here. */
  readonly connection: Connection;
  /** How often the race is run. */
  readonly rounds: number;
  /** How many calls each process has under way at once. */
  readonly parallel: number;
}

const PROCESSES = 8;
const NO_LIMIT = 1_000_000;

/** These races are about order, and a busy machine may take longer than the default. */
const PATIENT = { timeout: 60_000 };

const IN_PARALLEL = `
  const inParallel = (run) => Promise.all(Array.from({ length: args.parallel }, (_, index) => run(index)));
  const manager = await managerOf(args.namespace, args.options, ${JSON.stringify(PATIENT)});`;

/** As many get in as there are slots. */
export async function logInTogether(races: Races): Promise<void> {
  for (const maxConcurrentSessions of [1, 3, 10]) {
    for (let round = 0; round < races.rounds; round += 1) {
      const { granted, active } = await logins(races, { maxConcurrentSessions });
      expect([granted, active]).toEqual([maxConcurrentSessions, maxConcurrentSessions]);
    }
  }
}

/** All get in, and each of those who have to go goes once. */
export async function evictTogether(races: Races): Promise<void> {
  for (let round = 0; round < races.rounds; round += 1) {
    const all = PROCESSES * races.parallel;
    const { granted, evicted, active } = await logins(races, {
      maxConcurrentSessions: 3,
      onLimit: 'evict-oldest',
    });
    expect([granted, evicted.length, new Set(evicted).size, active]).toEqual([all, all - 3, all - 3, 3]);
  }
}

/** How many get in where three may, if they are counted in one step and let in by another. */
export async function logInAfterCounting(races: Races): Promise<number> {
  const { granted } = await logins(races, { maxConcurrentSessions: NO_LIMIT }, 3);
  return granted;
}

/** All get the one successor, and that can be refreshed. */
export async function refreshTogether(races: Races): Promise<void> {
  for (let round = 0; round < races.rounds; round += 1) {
    const { manager, answers } = await refreshes(races, { refreshGrace: 10 });
    const successors = new Set(answers.map(({ refreshToken }) => refreshToken));
    expect([...successors]).toEqual([expect.any(String)]);
    expect(await manager.refreshSession([...successors][0])).not.toBeNull();
    expect(await manager.nActiveSessions()).toBe(1);
    await manager.close();
  }
}

/** How many different answers there are where no refresh is given its predecessor's. */
export async function refreshTogetherWithoutGrace(races: Races): Promise<number> {
  const { manager, answers } = await refreshes(races, { refreshGrace: 0 });
  await manager.close();
  return new Set(answers.map(({ refreshToken, code }) => refreshToken ?? code)).size;
}

/** Nothing that was handed out is good after a revocation that was acknowledged. */
export async function revokeWhileUsed(races: Races): Promise<{ usedBefore: number; refusedAfter: number }> {
  const namespace = randomUUID();
  const options = { maxConcurrentSessions: NO_LIMIT, refreshGrace: 10 };
  const manager = await managerOf(races, namespace, options);
  let usedBefore = 0;
  let refusedAfter = 0;
  for (let round = 0; round < races.rounds; round += 1) {
    const tokens = (await manager.createSession('alice'))!;
    const { sessionId } = tokens;
    const answers = await races.workers.together<{ handedOut: string[]; good: number; refused: number }>(
      `${IN_PARALLEL}
      const handedOut = [];
      let good = 0, refused = 0;
      const count = (error) => {
        if (error.code === 'SESSION_STORE_UNAVAILABLE') throw error;
        refused += 1;
      };
      if (args.worker === 0) {
        await inParallel(() => manager.sessionUsername(args.tokens.accessToken));
        await manager.invalidateSession({ sessionId: args.tokens.sessionId });
      } else {
        await inParallel(async (index) => {
          for (let time = 0; time < 3; time += 1) {
            await manager.validateSession(args.tokens.accessToken).then(() => (good += 1), count);
            if (index % 2 === 1) continue;
            const next = await manager.refreshSession(args.tokens.refreshToken).catch(count);
            if (next) handedOut.push(next.accessToken, next.refreshToken);
          }
        });
      }
      return { handedOut, good, refused };`,
      { namespace, parallel: races.parallel, options, tokens },
    );
    const handedOut = [tokens.accessToken, ...new Set(answers.flatMap((answer) => answer.handedOut))];
    usedBefore += answers.reduce((sum, { good }) => sum + good, 0);
    refusedAfter += answers.reduce((sum, { refused }) => sum + refused, 0);
    for (const token of handedOut) {
      await expect(manager.validateSession(token, { accept: ['access', 'refresh'] })).rejects.toMatchObject({
        code: expect.stringMatching(/_NOT_FOUND$/),
      });
    }
    expect(await manager.nActiveSessions()).toBe(0);
    expect((await manager.listSessions('alice')).map((each) => each.sessionId)).not.toContain(sessionId);
  }
  await manager.close();
  return { usedBefore, refusedAfter };
}

/** What a replica makes of the tokens of others, and until when it says that its own are good. */
interface Verdict {
  readonly names: (string | null)[];
  readonly refreshed: number;
  readonly expiresAt: number;
}

/**
 * Replicas whose clocks are five minutes apart make and use each other's tokens. Answers how many of their validations and
 * refreshes went well, and how far their expiries lie apart, in milliseconds.
 *
 * @param clock of the stores, in the words of a worker; `undefined` for the server's.
 */
export async function useAcrossClocks(races: Races, clock = 'undefined') {
  const given = { namespace: randomUUID(), options: { maxConcurrentSessions: NO_LIMIT }, parallel: 1 };
  const SHIFTED = `
    globalThis.trueNow ??= Date.now;
    Date.now = () => trueNow() + [-300_000, 0, 300_000][args.worker % 3];
    const clock = ${clock};
    const manager = await managerOf(args.namespace, args.options, { timeout: 60_000, clock });`;
  const made = await races.workers.together<{ accessToken: string; refreshToken: string }>(
    `${SHIFTED} return manager.createSession(\`user \${args.worker}\`);`,
    given,
  );
  const verdicts = await races.workers.together<Verdict>(
    `${SHIFTED}
    const names = [];
    for (const { accessToken } of args.made) names.push(await manager.sessionUsername(accessToken));
    let refreshed = 0;
    for (const { refreshToken } of args.made) {
      await manager.refreshSession(refreshToken).then(() => (refreshed += 1), () => undefined);
    }
    const { expiresAt } = await manager.createSession('another');
    Date.now = trueNow;
    return { names, refreshed, expiresAt: expiresAt.getTime() };`,
    { ...given, made },
  );
  const expiries = verdicts.map(({ expiresAt }) => expiresAt);
  return {
    validated: verdicts.flatMap(({ names }) => names).filter((name) => name !== null).length,
    refreshed: verdicts.reduce((sum, verdict) => sum + verdict.refreshed, 0),
    all: PROCESSES * PROCESSES,
    apart: Math.max(...expiries) - Math.min(...expiries),
  };
}

async function logins(races: Races, options: object, countFirst?: number) {
  const namespace = randomUUID();
  const answers = await races.workers.together<{ granted: number; evicted: string[] }>(
    `${IN_PARALLEL}
    const results = await inParallel(async (index) => {
      if (args.countFirst !== undefined && (await manager.nActiveSessions()) >= args.countFirst) return null;
      return manager.createSession(\`user \${args.worker} \${index}\`);
    });
    const granted = results.filter((tokens) => tokens !== null);
    return { granted: granted.length, evicted: granted.flatMap(({ evicted }) => evicted) };`,
    { namespace, parallel: races.parallel, options, countFirst },
  );
  const manager = await managerOf(races, namespace);
  const active = await manager.nActiveSessions();
  await manager.close();
  return {
    granted: answers.reduce((sum, { granted }) => sum + granted, 0),
    evicted: answers.flatMap(({ evicted }) => evicted),
    active,
  };
}

async function refreshes(races: Races, options: object) {
  const namespace = randomUUID();
  const manager = await managerOf(races, namespace, options);
  const { refreshToken } = (await manager.createSession('alice'))!;
  const answers = await races.workers.together<{ refreshToken?: string; code?: string }[]>(
    `${IN_PARALLEL}
    return inParallel(() =>
      manager.refreshSession(args.refreshToken).catch(({ code }) => ({ code })));`,
    { namespace, parallel: races.parallel, options, refreshToken },
  );
  return { manager, answers: answers.flat() };
}

async function managerOf({ connection }: Races, namespace: string, options: object = {}) {
  return jwtManager({ ...(await connection.storesOf(namespace, PATIENT)), ...options });
}
