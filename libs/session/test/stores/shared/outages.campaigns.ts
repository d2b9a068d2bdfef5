import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { SessionTokens } from '../../../src/core/session.js';
import type { JwtSessionManager } from '../../../src/managers/jwt-session.manager.js';
import type { RemoteOptions } from '../../../src/stores/remote/remote-options.js';
import { jwtManager } from '../../support/managers.js';
import type { Backend, Connection } from './backend.js';
import { CuttingProxy, type Lost } from './cutting-proxy.js';
import { abandoned, late } from './disturbed.js';

/** No call of an application may take longer, whatever has become of the server. */
export const LONGEST_WAIT = 500;
/** After that long a server that has come back is in use again. */
export const BACK_WITHIN = 2000;

/** For what is about order, and not about time. */
const PATIENT = { timeout: 60_000 };
/** For what is to be given up soon, and tried again at once. */
const HASTY = { timeout: 100, breaker: { failures: 1_000 } };
const NO_LIMIT = 1_000_000;
const UNAVAILABLE = 'SESSION_STORE_UNAVAILABLE';

/** A server that has answered everybody for that long is back. */
const QUIET = 300;

/** What becomes of a server for a while. */
export type Outage = 'frozen' | 'killed';

/** One call of an application under load. */
interface Call {
  readonly kind: 'good' | 'revoked' | 'refresh' | 'login';
  readonly outcome: string;
  readonly begun: number;
  readonly took: number;
}

/** What an application saw of an outage. Times are milliseconds. */
export interface Seen {
  readonly calls: number;
  readonly unavailable: number;
  /** Of a revoked session. */
  readonly invalidAccepts: number;
  /** Neither well nor a 503: of these there must be none. */
  readonly wrong: readonly string[];
  readonly longestUnavailable: number;
  readonly longest: number;
  /** From the server's return to the end of the last 503. */
  readonly backAfter: number;
  /** For how long this process itself was held up at most: on a busy machine each of the others may be longer by that. */
  readonly lag: number;
}

/** An application with `perSecond` calls, whose server goes away for `length` milliseconds and comes back. */
export async function outageUnderLoad(
  backend: Backend,
  outage: Outage,
  { perSecond, length, options = {} }: { perSecond: number; length: number; options?: RemoteOptions },
): Promise<Seen> {
  const server = await backend.start(true);
  const connection = await backend.connect(server.port);
  try {
    const namespace = randomUUID();
    const manager = await managerOf(connection, namespace, options);
    const patient = await managerOf(connection, namespace, PATIENT);
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    const load = await Load.on(manager, patient, perSecond);
    await pause(300);
    if (outage === 'frozen') server.freeze();
    else await server.kill();
    await pause(length);
    if (outage === 'frozen') server.thaw();
    else await server.run();
    const back = performance.now();
    await load.untilQuiet();
    const calls = await load.end();
    delays.disable();
    await Promise.all([manager.close(), patient.close()]);
    return seenOf(calls, back, Math.ceil(delays.max / 1e6));
  } finally {
    connection.end();
    await server.stop();
  }
}

class Load {
  readonly #manager: JwtSessionManager;
  readonly #good: SessionTokens;
  readonly #revoked: SessionTokens;
  readonly #timer: NodeJS.Timeout;
  readonly #calls: Promise<Call>[] = [];
  #chain: SessionTokens;
  #isRefreshing = false;
  #lastUnavailable = 0;

  private constructor(manager: JwtSessionManager, tokens: SessionTokens[], perSecond: number) {
    this.#manager = manager;
    [this.#good, this.#revoked, this.#chain] = tokens as [SessionTokens, SessionTokens, SessionTokens];
    // Timers go off late on a busy machine, and what was missed is made up for.
    const begun = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - begun) / 1000) * perSecond;
      while (this.#calls.length < due) this.#next();
    }, 5);
  }

  /** @param patient makes what there is to be asked for. */
  static async on(manager: JwtSessionManager, patient: JwtSessionManager, perSecond: number): Promise<Load> {
    const tokens: SessionTokens[] = [];
    for (const username of ['alice', 'bob', 'carol']) tokens.push((await patient.createSession(username))!);
    await patient.invalidateSession(tokens[1]!.accessToken);
    return new Load(manager, tokens, perSecond);
  }

  /** Resolves once nobody has got a 503 for a while, or when that comes much too late. */
  async untilQuiet(): Promise<void> {
    const begun = performance.now();
    const last = () => Math.max(begun, this.#lastUnavailable);
    while (performance.now() - last() < QUIET && performance.now() - begun < 2 * BACK_WITHIN) await pause(10);
  }

  /** Resolves once all calls have settled: one that hangs is one that the test hangs with. */
  end(): Promise<Call[]> {
    clearInterval(this.#timer);
    return Promise.all(this.#calls);
  }

  #next(): void {
    const turn = this.#calls.length % 10;
    if (turn === 0) this.#do('login', () => this.#manager.createSession('dora'));
    else if (turn === 1 && !this.#isRefreshing) this.#do('refresh', () => this.#refresh());
    else if (turn % 2 === 0)
      this.#do('revoked', () => this.#manager.validateSession(this.#revoked.accessToken));
    else this.#do('good', () => this.#manager.validateSession(this.#good.accessToken));
  }

  /** With the same token until there is an answer, as a client does. */
  async #refresh(): Promise<void> {
    this.#isRefreshing = true;
    try {
      this.#chain = (await this.#manager.refreshSession(this.#chain.refreshToken))!;
    } finally {
      this.#isRefreshing = false;
    }
  }

  #do(kind: Call['kind'], work: () => Promise<unknown>): void {
    const begun = performance.now();
    const settled = (outcome: string): Call => ({ kind, outcome, begun, took: performance.now() - begun });
    this.#calls.push(
      work().then(
        () => settled('well'),
        ({ code }: { code: string }) => {
          if (code === UNAVAILABLE) this.#lastUnavailable = performance.now();
          return settled(code);
        },
      ),
    );
  }
}

function seenOf(calls: readonly Call[], back: number, lag: number): Seen {
  const unavailable = calls.filter(({ outcome }) => outcome === UNAVAILABLE);
  const others = calls.filter(({ outcome }) => outcome !== UNAVAILABLE);
  const expected = ({ kind }: Call) => (kind === 'revoked' ? 'ACCESS_TOKEN_NOT_FOUND' : 'well');
  const longest = (some: readonly Call[]) => Math.max(0, ...some.map(({ took }) => Math.ceil(took)));
  return {
    calls: calls.length,
    unavailable: unavailable.length,
    invalidAccepts: calls.filter(({ kind, outcome }) => kind === 'revoked' && outcome === 'well').length,
    wrong: others
      .filter((call) => call.outcome !== expected(call))
      .map(({ kind, outcome }) => `${kind}: ${outcome}`),
    longestUnavailable: longest(unavailable),
    longest: longest(calls),
    backAfter: Math.max(0, ...unavailable.map(({ begun, took }) => Math.ceil(begun + took - back))),
    lag,
  };
}

/** How many logins, refreshes and API tokens that were given up had an effect after all. */
export interface LeftBehind {
  readonly logins: number;
  /** After which the client could not go on. */
  readonly refreshes: number;
  readonly apiTokens: number;
}

/**
 * A login, a refresh and an API token that are given up while the server is frozen; then it goes on, and does what it was
 * asked, by a process that has ended since.
 *
 * @param withDeadlines whether the steps bear the deadline that they came with.
 */
export async function giveUpDuringFreeze(
  backend: Backend,
  { rounds, withDeadlines = true }: { rounds: number; withDeadlines?: boolean },
): Promise<LeftBehind> {
  const server = await backend.start();
  const connection = await backend.connect(server.port);
  const left = { logins: 0, refreshes: 0, apiTokens: 0 };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const namespace = randomUUID();
      // Without a window of grace a refresh that was done, and not heard of, is a theft by its repetition.
      const options = { maxConcurrentSessions: 2, refreshGrace: 0 };
      const patient = await managerOf(connection, namespace, PATIENT, options);
      let isFrozen = false;
      const freeze = () => {
        isFrozen = true;
        server.freeze();
      };
      const gone = abandoned(connection, { withDeadlines, before: freeze });
      const hasty = await managerOf(gone.connection, namespace, HASTY, options);
      // Each step was done once, so that the server knows its script by name: whoever is gone cannot tell it.
      await patient.createApiToken('alice');
      const first = (await patient.createSession('alice'))!;
      const { refreshToken } = (await patient.refreshSession(first.refreshToken))!;
      // It looks before it writes, and is answered that.
      const refresh = hasty.refreshSession(refreshToken);
      refresh.catch(() => undefined);
      while (!isFrozen) await pause(1);
      const givenUp = [refresh, hasty.createSession('bob'), hasty.createApiToken('carol')];
      for (const call of givenUp) await expect(call).rejects.toMatchObject({ code: UNAVAILABLE });
      server.thaw();
      await gone.settled();
      left.logins += (await patient.nActiveSessions()) - 1;
      left.apiTokens += (await patient.listApiTokens('carol')).length;
      const another = await patient.createSession('dora');
      expect(another === null).toBe(left.logins > round);
      left.refreshes += await patient.refreshSession(refreshToken).then(
        () => 0,
        () => 1,
      );
      await Promise.all([hasty.close(), patient.close()]);
    }
    return left;
  } finally {
    connection.end();
    await server.stop();
  }
}

/** A login and an API token that were made in time and told too late: how many were made, and are left in the end. */
export async function hearTooLate(backend: Backend): Promise<{ made: number; left: number }> {
  const server = await backend.start();
  const connection = await backend.connect(server.port);
  try {
    const namespace = randomUUID();
    const timeout = 500;
    let made = 0;
    const patient = await managerOf(connection, namespace, PATIENT);
    const slow = late(connection, 1.5 * timeout, () => {
      made += 1;
    });
    const hasty = await managerOf(slow, namespace, { ...HASTY, timeout });
    const givenUp = [hasty.createSession('bob'), hasty.createApiToken('bob')];
    for (const call of givenUp) await expect(call).rejects.toMatchObject({ code: UNAVAILABLE });
    const countLeft = async () =>
      (await patient.listSessions('bob')).length + (await patient.listApiTokens('bob')).length;
    const patience = performance.now() + BACK_WITHIN;
    while ((await countLeft()) > 0 && performance.now() < patience) await pause(5);
    const left = await countLeft();
    await Promise.all([hasty.close(), patient.close()]);
    return { made, left };
  } finally {
    connection.end();
    await server.stop();
  }
}

/** What came of calls whose connections were cut in mid-command. */
export interface AfterCuts {
  readonly cuts: number;
  /** Refreshes that were answered in the end, and the generation that the session has. */
  readonly refreshes: number;
  readonly generation: number;
  /** Logins and API tokens that were answered, and how many there are. */
  readonly logins: number;
  readonly sessions: number;
  readonly made: number;
  readonly apiTokens: number;
  /** Of sessions that were ended, how many are still good. */
  readonly stillGood: number;
}

/**
 * Each call loses its request or its reply once; whoever gets a 503 tries again.
 *
 * @param resends whether the driver does that by itself, so that nobody gets a 503, and no window of grace is needed.
 */
export async function cutInMidCommand(
  backend: Backend,
  { rounds, resends }: { rounds: number; resends: boolean },
): Promise<AfterCuts> {
  const server = await backend.start();
  const proxy = await CuttingProxy.to(server.port);
  const plain = await backend.connect(proxy.port);
  let next: Lost | undefined;
  let isEnding = false;
  const connection = plain.altered((step) => {
    // What only reads may be lost as often as it likes.
    if (next !== undefined && (isEnding || step.bearsDeadline)) {
      proxy.cutNext(next);
      next = undefined;
    }
    return step.run();
  });
  try {
    const namespace = randomUUID();
    const manager = await managerOf(connection, namespace, PATIENT, { refreshGrace: resends ? 0 : 10 });
    const { store, apiTokenStore } = await connection.storesOf(namespace, PATIENT);
    await store.ping();
    let tries = 0;
    const untilAnswered = async <T>(work: () => Promise<T>): Promise<T> => {
      next = (tries += 1) % 2 === 0 ? 'the request' : 'the reply';
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if ((error as { code: string }).code !== UNAVAILABLE) throw error;
          await pause(5);
        }
      }
    };
    // So that each script is known, and what is cut is a step and not the question for one.
    const first = (await manager.createSession('alice'))!;
    await manager.refreshSession(first.refreshToken);
    await manager.createApiToken('alice');
    await manager.invalidateSession(first.accessToken);
    let chain = (await manager.createSession('alice'))!;
    let stillGood = 0;
    for (let round = 0; round < rounds; round += 1) {
      chain = (await untilAnswered(() => manager.refreshSession(chain.refreshToken)))!;
      await untilAnswered(() => manager.createSession('bob'));
      await untilAnswered(() => manager.createApiToken('bob'));
      const ending = (await untilAnswered(() => manager.createSession('carol')))!;
      isEnding = true;
      await untilAnswered(() => manager.invalidateSession(ending.accessToken));
      isEnding = false;
      if ((await manager.sessionUsername(ending.accessToken)) !== null) stillGood += 1;
    }
    const record = await store.find(chain.sessionId, store.clock!());
    const answer = {
      cuts: proxy.cuts,
      refreshes: rounds,
      generation: record!.generation,
      logins: rounds,
      sessions: (await manager.listSessions('bob')).length,
      made: rounds,
      apiTokens: (await manager.listApiTokens('bob')).length,
      stillGood,
    };
    await Promise.all([store.close(), apiTokenStore.close()]);
    await manager.close();
    return answer;
  } finally {
    connection.end();
    await proxy.close();
    await server.stop();
  }
}

/** An application whose server comes `after` milliseconds later than itself. */
export async function serverComesLater(
  backend: Backend,
  after: number,
): Promise<{ unavailable: number; longest: number; wellAfter: number }> {
  const server = await backend.start();
  const connection = await backend.connect(server.port);
  try {
    const namespace = randomUUID();
    // What a namespace has to have, it has from before.
    await (await managerOf(connection, namespace)).close();
    await server.kill();
    const manager = await managerOf(connection, namespace);
    let unavailable = 0;
    let longest = 0;
    const isWell = async () => {
      const begun = performance.now();
      try {
        await manager.createSession('alice');
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: UNAVAILABLE });
        unavailable += 1;
        return false;
      } finally {
        longest = Math.max(longest, performance.now() - begun);
      }
    };
    for (const until = performance.now() + after; performance.now() < until; await pause(20)) {
      expect(await isWell()).toBe(false);
    }
    await server.run();
    const back = performance.now();
    while (!(await isWell())) await pause(5);
    const wellAfter = Math.ceil(performance.now() - back);
    await manager.close();
    return { unavailable, longest: Math.ceil(longest), wellAfter };
  } finally {
    connection.end();
    await server.stop();
  }
}

/** A manager over both stores of a namespace. */
export async function managerOf(
  connection: Connection,
  namespace: string,
  storeOptions: RemoteOptions = {},
  options: object = {},
): Promise<JwtSessionManager> {
  const stores = await connection.storesOf(namespace, storeOptions);
  // Where there is a server, so that its time is known at the first call.
  await Promise.allSettled([stores.store.ping(), stores.apiTokenStore.ping()]);
  return jwtManager({ ...stores, maxConcurrentSessions: NO_LIMIT, ...options });
}
