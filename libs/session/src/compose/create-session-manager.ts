import { tmpdir } from 'node:os';
import type { ApiTokenStore } from '../core/api-token-store.js';
import { SessionConfigurationError } from '../core/errors.js';
import { consoleLogger, harmless, type SessionLogger } from '../core/logger.js';
import type { SessionPolicy, SessionStrategy } from '../core/session-policy.js';
import type { SessionStore } from '../core/session-store.js';
import type { TokenCodec } from '../core/token-codec.js';
import { JwtSessionManager } from '../managers/jwt-session.manager.js';
import { NoAuthSessionManager } from '../managers/no-auth-session.manager.js';
import { SessionManager } from '../managers/session.manager.js';
import { SingleSessionManager } from '../managers/single-session.manager.js';
import { FileApiTokenStore } from '../stores/file/file-api-token.store.js';
import { MemoryApiTokenStore } from '../stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../stores/memory/memory-session.store.js';
import { CurrentApiTokenCodec, CurrentCodec } from '../tokens/current-codec.js';
import { AsymmetricJws } from '../tokens/jws/asymmetric.js';
import { Hs512 } from '../tokens/jws/hs512.js';
import type { Jws } from '../tokens/jws/jws.js';
import { loadJwtService } from '../tokens/jws/load-jwt-service.js';
import { resolveSigning } from '../tokens/keys/signing-keys.js';
import { JwtTokenCodec } from '../tokens/jwt-token.codec.js';
import { OpaqueTokenCodec } from '../tokens/opaque-token.codec.js';
import { RotatingKeys, type Keys } from '../tokens/rotating-keys.js';
import { randomKeyRing, resolveKeyRing } from '../tokens/keys/secret-key.js';
import { BootChecks } from './boot-checks.js';
import { checkOptions } from './check-options.js';
import type {
  JwtSessionOptions,
  NoAuthSessionOptions,
  OptionsOf,
  SessionOptions,
  SingleSessionOptions,
  TokenSessionOptions,
} from './options.js';
import { policyOf } from './policy-of.js';
import { ping, pingShared } from './ping-at-boot.js';
import {
  checkDefaultLimit,
  checkIssuer,
  checkKey,
  checkMissingKey,
  checkNoAuth,
  checkSharing,
  checkTokenFolder,
  checkTokensOfOneMachine,
  checkTransport,
} from './checked-options.js';

/** The class of manager behind each strategy. */
export interface ManagerByStrategy {
  /** Opaque tokens. */
  token: SessionManager;
  /** One session at a time. */
  single: SingleSessionManager;
  /** JSON Web Tokens. */
  jwt: JwtSessionManager;
  /** Everyone is `admin`. */
  'no-auth': NoAuthSessionManager;
}

const DEFAULT_ISSUER = 'plantdb-api';
const DEFAULT_AUDIENCE = 'plantdb-client';

/**
 * Puts a manager together, with or without Nest; `manager.close()` when done. What only `SessionModule` acts on, it
 * checks and leaves at that: `cleanup` (nothing is scheduled), `connections`, `resolveUser`, `tellRefusalReason`, `transport`, `isGlobal`.
 *
 * @param options the name of a strategy, or its options.
 * @returns the manager of that strategy; a promise, because a passphrase takes Argon2id about 0.3 seconds.
 * @throws {@link SessionConfigurationError} as `SessionModule.forRoot` would at boot.
 */
export async function createSessionManager<S extends SessionStrategy>(
  options: S | (OptionsOf<S> & { readonly strategy: S }),
): Promise<ManagerByStrategy[S]>;
export async function createSessionManager(given: SessionStrategy | SessionOptions): Promise<SessionManager> {
  const options = checkOptions(given);
  const logger = harmless(options.logger ?? consoleLogger);
  const checks = new BootChecks(options.checks, logger);
  checkTransport(options.transport, checks);
  switch (options.strategy) {
    case 'no-auth':
      return noAuthManager(options, checks, logger);
    case 'token':
      return new SessionManager(await storedParts(options, checks, logger));
    case 'single':
      return new SingleSessionManager(await storedParts(options, checks, logger));
    case 'jwt':
      return jwtManager(options, checks, logger);
  }
}

function noAuthManager(
  options: NoAuthSessionOptions,
  checks: BootChecks,
  logger: SessionLogger,
): NoAuthSessionManager {
  checkNoAuth(options, checks);
  return new NoAuthSessionManager({
    policy: policyOf(options),
    logger,
    clock: options.clock,
  });
}

async function storedParts(
  options: TokenSessionOptions | SingleSessionOptions,
  checks: BootChecks,
  logger: SessionLogger,
) {
  const store = options.store ?? new MemorySessionStore();
  const policy = policyOf(options);
  checkLimit(store, policy);
  checkSharing(store, checks);
  const keys = await rotatingKeys(options, checks, [store], ({ ring }) => new OpaqueTokenCodec(ring));
  await pingShared('Sessions', store, logger);
  checkDefaultLimit(options, checks);
  return { codec: new CurrentCodec(keys), keys, store, policy, logger, clock: options.clock };
}

async function jwtManager(
  options: JwtSessionOptions,
  checks: BootChecks,
  logger: SessionLogger,
): Promise<JwtSessionManager> {
  const { issuer = DEFAULT_ISSUER, audience = DEFAULT_AUDIENCE, store = new MemorySessionStore() } = options;
  const policy = policyOf(options);
  checkLimit(store, policy);
  checkSharing(store, checks);
  const { wrapApiTokens, effectivePermissions } = options;
  const jwsOf = await signer(options);
  const codecOf = (keys: Keys) => new JwtTokenCodec(jwsOf(keys), { issuer, audience }, { wrapApiTokens });
  const keys = await rotatingKeys(options, checks, [store, options.apiTokenStore], codecOf);
  const apiTokens = apiTokenStore(options, store, checks, logger);
  await Promise.all([pingShared('Sessions', store, logger), ping('API tokens', apiTokens, logger)]);
  checkIssuer(options, DEFAULT_ISSUER, checks);
  checkDefaultLimit(options, checks);
  const codec = new CurrentApiTokenCodec(keys);
  return new JwtSessionManager({
    codec,
    keys,
    store,
    apiTokens: { codec, store: apiTokens, effectivePermissions },
    apiTokenFile: fileOf(apiTokens),
    policy,
    logger,
    clock: options.clock,
  });
}

/** @throws SessionConfigurationError for a limit over all users that the store cannot hold. */
function checkLimit(store: SessionStore, { maxConcurrentSessions }: SessionPolicy): void {
  // A store that was made for an earlier version does not say it, and holds it.
  const holds = (store as Partial<SessionStore>).limitsAll ?? true;
  if (holds || maxConcurrentSessions === Infinity) return;
  throw new SessionConfigurationError(
    `maxConcurrentSessions: expected Infinity, got ${maxConcurrentSessions}: the store is spread over several places, of ` +
      'which no step looks into all; maxSessionsPerUser holds',
  );
}

/** What makes a signer of keys, at boot and again at each rotation. `signing` stays what it is at boot, given or not. */
async function signer(options: JwtSessionOptions): Promise<(keys: Keys) => Jws> {
  if (options.signing !== undefined) return ({ signing }) => new AsymmetricJws(signing!);
  const JwtService = await loadJwtService();
  return ({ ring }) => new Hs512(ring, JwtService);
}

async function rotatingKeys<C extends TokenCodec>(
  options: Pick<JwtSessionOptions, 'secretKey' | 'signing' | 'secretSalt' | 'issuer'>,
  checks: BootChecks,
  stores: readonly ({ readonly shared: boolean } | undefined)[],
  codecOf: (keys: Keys) => C,
): Promise<RotatingKeys<C>> {
  const { secretKey, signing, issuer = DEFAULT_ISSUER, secretSalt: salt = issuer } = options;
  if (secretKey === undefined && signing === undefined) {
    refuseRandomKey(stores);
    checkMissingKey(options, checks);
  }
  if (secretKey !== undefined) checkKey(secretKey, checks);
  const keys = {
    signing: signing && resolveSigning(signing),
    ring: secretKey === undefined ? randomKeyRing() : await resolveKeyRing(secretKey, salt),
  };
  return new RotatingKeys(keys, salt, codecOf);
}

/** Tokens signed with a random key die with the process, so it suits stores that do so too. */
function refuseRandomKey(stores: readonly ({ readonly shared: boolean } | undefined)[]): void {
  if (!stores.some((store) => store?.shared)) return;
  throw new SessionConfigurationError(
    'secretKey: expected one, since a shared store is in use and every process would sign with a key of its own',
  );
}

function apiTokenStore(
  options: JwtSessionOptions,
  sessions: SessionStore,
  checks: BootChecks,
  logger: SessionLogger,
): ApiTokenStore {
  if (options.apiTokenStore !== undefined) return options.apiTokenStore;
  checkTokensOfOneMachine(sessions, checks);
  if (options.secretKey === undefined && options.signing === undefined) return new MemoryApiTokenStore();
  checkTokenFolder(options.apiTokenDir, checks);
  return new FileApiTokenStore(options.apiTokenDir ?? tmpdir(), { logger });
}

/** Where a store keeps its tokens, if that is a file: it says so itself, whichever copy of the package made it. */
function fileOf(apiTokens: ApiTokenStore): string | undefined {
  const { path } = apiTokens as Partial<FileApiTokenStore>;
  return typeof path === 'string' ? path : undefined;
}
