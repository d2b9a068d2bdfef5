import { randomBytes } from 'node:crypto';
import { createSessionManager, type ManagerByStrategy } from '../compose/create-session-manager.js';
import type { OptionsOf, SessionOptions } from '../compose/options.js';
import { policyOf } from '../compose/policy-of.js';
import type { ApiTokenOptions } from '../core/api-token.js';
import type { SessionPolicy } from '../core/session-policy.js';
import type { SessionTokens } from '../core/session.js';
import { CookieTransport } from '../nest/transports/cookie.transport.js';
import { HeaderTransport } from '../nest/transports/header.transport.js';
import { MemoryApiTokenStore } from '../stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../stores/memory/memory-session.store.js';
import { MIN_KEY_BYTES } from '../tokens/keys/secret-key.js';
import { faultyStore, type Faults } from './faulty-store.js';
import { manualClock, type ManualClock } from './manual-clock.js';
import { SILENT } from './silent-logger.js';

/** The strategies that have something to test; under `no-auth` nothing expires and nobody is refused. */
export type TestedStrategy = 'token' | 'single' | 'jwt';

/** The options of a strategy, less those that {@link testSessions} keeps in its own hands. */
export type TestSessionOptions<S extends TestedStrategy = TestedStrategy> = S extends TestedStrategy
  ? Omit<OptionsOf<S>, 'clock' | 'store' | 'apiTokenStore' | 'apiTokenDir'> & {
      /** Which strategy. */
      readonly strategy: S;
    }
  : never;

/** The headers that carry a credential wherever it travels, for `set` of supertest, `headers` of fetch and `inject`. */
export interface CredentialHeaders {
  readonly [name: string]: string;
}

/** The headers that carry a token, for `set` of supertest, `headers` of fetch and of Fastify's `inject`. */
export interface BearerHeaders {
  /** `Bearer` and the token (RFC 6750 §2.1). */
  readonly Authorization: string;
  /** No other; fetch and `inject` ask for the signature. */
  readonly [name: string]: string;
}

/**
 * A real manager for the tests of an application, in memory and under control: its clock stands still, its store
 * can be taken down, and it logs nothing. Everything else is as in production: real tokens, real guards.
 *
 * @param options the name of a strategy, or its options. Beside the strategy's own defaults, the limit is
 * `Infinity`: {@link TestSessions.atLimit} reaches it.
 *
 * @example
 * const sessions = await testSessions('jwt');
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(SessionManager)
 *   .useValue(sessions.manager)
 *   .compile();
 * // …
 * await request(server).get('/me').set(await sessions.as('alice')).expect(200);
 */
export async function testSessions<S extends TestedStrategy>(
  options: S | TestSessionOptions<S>,
): Promise<TestSessions<S>> {
  const given: TestSessionOptions = typeof options === 'string' ? { strategy: options } : options;
  const clock = manualClock();
  const faults: Faults = { down: false, full: false };
  const controlled = {
    secretKey: randomBytes(MIN_KEY_BYTES),
    logger: SILENT,
    ...(given.strategy !== 'single' && { maxConcurrentSessions: Infinity }),
    ...(given.strategy === 'jwt' && { apiTokenStore: faultyStore(new MemoryApiTokenStore(), faults) }),
    ...given,
    clock,
    store: faultyStore(new MemorySessionStore(), faults),
  } as SessionOptions;
  const manager = (await createSessionManager(controlled)) as ManagerByStrategy[S];
  const { transport } = controlled;
  return new TestSessions(manager, clock, faults, policyOf(controlled), (token) =>
    headersOf(token, transport),
  );
}

/** A manager in the hands of a test; {@link testSessions} makes it. */
export class TestSessions<S extends TestedStrategy = TestedStrategy> {
  /** Put it in the place of the application's: `overrideProvider(SessionManager).useValue(sessions.manager)`. */
  readonly manager: ManagerByStrategy[S];
  /** The manager's clock, which moves only when told to: `sessions.clock.advance('31m')`. */
  readonly clock: ManualClock;
  readonly #faults: Faults;
  readonly #policy: SessionPolicy;
  readonly #headers: (token: string) => CredentialHeaders;

  /** @internal */
  constructor(
    manager: ManagerByStrategy[S],
    clock: ManualClock,
    faults: Faults,
    policy: SessionPolicy,
    headers: (token: string) => CredentialHeaders,
  ) {
    this.manager = manager;
    this.clock = clock;
    this.#faults = faults;
    this.#policy = policy;
    this.#headers = headers;
  }

  /**
   * Logs a user in and answers the headers that say so: `Authorization`, or what the option `transport` reads, where that
   * is one of the library's, of several the first. With a cookie there is `Sec-Fetch-Site: same-origin`, as from a page of
   * the application.
   *
   * @param options with these, an API token limited to `datasets` instead of a session's access token; `jwt` only.
   * @throws Error if the user cannot be logged in, as the second one under `single`.
   */
  async as(username: string, options?: ApiTokenOptions): Promise<CredentialHeaders> {
    if (options === undefined) return this.#headers((await this.#login(username)).accessToken);
    return this.#headers((await this.manager.createApiToken(username, options)).token);
  }

  /** Moves the clock until every access token has expired; what refresh tokens there are can still be used. */
  expireAccess(): void {
    this.clock.advance(this.#policy.sessionTimeout + this.#policy.leeway + 1);
  }

  /** Moves the clock until every session is over and no refresh token can renew one. */
  expireSessions(): void {
    const { sessionTimeout, refreshTimeout = sessionTimeout, leeway } = this.#policy;
    this.clock.advance(Math.max(sessionTimeout, refreshTimeout) + leeway + 1);
  }

  /** A refresh token that was used before: presenting it is reuse, and ends its session. `jwt` only. */
  async usedRefreshToken(username: string): Promise<string> {
    const { refreshToken } = await this.#login(username);
    if (refreshToken === undefined) throw new Error("usedRefreshToken: only the strategy 'jwt' has them");
    const successor = await this.manager.refreshSession(refreshToken);
    // The grace window is for the immediate predecessor; behind a second refresh it is an older one.
    await this.manager.refreshSession(successor?.refreshToken);
    return refreshToken;
  }

  /** Runs `body` while no slot is free: logins get `null`, over HTTP what the application makes of it. */
  async atLimit<T>(body: () => T | PromiseLike<T>): Promise<T> {
    return this.#during('full', body);
  }

  /** Runs `body` while the stores are down: whatever asks them is refused with 503. */
  async duringOutage<T>(body: () => T | PromiseLike<T>): Promise<T> {
    return this.#during('down', body);
  }

  async #login(username: string): Promise<SessionTokens> {
    const tokens = await this.manager.createSession(username);
    if (tokens === null) throw new Error('as: no slot is free to log a user in');
    return tokens;
  }

  async #during<T>(fault: keyof Faults, body: () => T | PromiseLike<T>): Promise<T> {
    this.#faults[fault] = true;
    try {
      return await body();
    } finally {
      this.#faults[fault] = false;
    }
  }
}

function headersOf(token: string, transport: SessionOptions['transport']): CredentialHeaders {
  const first: unknown = Array.isArray(transport) ? transport[0] : transport;
  if (first instanceof CookieTransport) {
    return { Cookie: `${first.names.access}=${token}`, 'Sec-Fetch-Site': 'same-origin' };
  }
  return first instanceof HeaderTransport ? { [first.name]: token } : bearer(token);
}

/** The headers that carry a token: `Authorization: Bearer <token>`. */
export function bearer(token: string): BearerHeaders {
  return { Authorization: `Bearer ${token}` };
}
