import cluster from 'node:cluster';
import { tmpdir } from 'node:os';
import { resolve, sep } from 'node:path';
import type { SecretKey } from '../core/session-keys.js';
import { POLICY_DEFAULTS } from '../core/session-policy.js';
import type { SessionStore } from '../core/session-store.js';
import type { SessionTransport } from '../core/session-transport.js';
import { isBytes } from '../util/other-realms.js';
import { characters } from '../util/text.js';
import { inProduction, type BootChecks } from './boot-checks.js';
import type { GuardOptions } from './module-options.js';
import type {
  JwtSessionOptions,
  NoAuthSessionOptions,
  SingleSessionOptions,
  TokenSessionOptions,
} from './options.js';

// The checks that look at options alone: a manager that is made without Nest speaks of the same.

export function checkNoAuth({ allowInProduction }: NoAuthSessionOptions, checks: BootChecks): void {
  const problem = 'strategy: "no-auth" makes everyone an administrator';
  if (allowInProduction === true) checks.warn('no-auth', problem);
  else checks.found('no-auth', `${problem}; choose another, or set allowInProduction: true`);
}

/** A transport that is no cookie's says nothing of it. */
export function checkTransport(given: GuardOptions['transport'], checks: BootChecks): void {
  const transports = [given ?? []].flat() as readonly Partial<SessionTransport>[];
  if (transports.every(({ secure }) => secure !== false)) return;
  checks.found(
    'insecure-cookie',
    'secure: expected true, got false; cookies over plain http are read on the way',
  );
}

/**
 * A key that is there as `undefined` is an environment variable that is not: every restart would log everybody out, and
 * every replica refuse the others' tokens. Who leaves the option out wants the random key; where nobody is refused, what is
 * told of that says enough.
 *
 * @throws SessionConfigurationError where it refuses.
 */
export function checkMissingKey(options: object, checks: BootChecks): void {
  const name = ['secretKey', 'signing'].find((option) => option in options);
  if (name !== undefined && checks.refuses('missing-key')) {
    checks.found(
      'missing-key',
      `${name}: expected a key, got undefined, as a missing environment variable is; ` +
        'for a random one, which ends with the process, leave the option out',
    );
  }
  checks.found('random-key', 'No secretKey: signing with a random one; every token ends with this process');
}

/** Bytes that are all one were never drawn; a passphrase is only as good as its length, which Argon2 does not mend. */
export function checkKey(secretKey: SecretKey | readonly SecretKey[], checks: BootChecks): void {
  const secrets = typeof secretKey === 'string' || isBytes(secretKey) ? [secretKey] : secretKey;
  if (secrets.some((secret) => typeof secret !== 'string' && secret.every((byte) => byte === secret[0]))) {
    checks.found(
      'uniform-key',
      'secretKey: expected random bytes, got bytes that are all the same, which anybody guesses; draw them by randomBytes(64)',
    );
  }
  if (secrets.some((secret) => typeof secret === 'string' && characters(secret) < LONG_ENOUGH)) {
    checks.found(
      'short-passphrase',
      `secretKey: a passphrase of under ${LONG_ENOUGH} characters can be found by who holds one token; take a longer one, or 64 random bytes`,
    );
  }
}

const LONG_ENOUGH = 16;

/** Each process of several would know its own sessions, and refuse those of the others. */
export function checkSharing({ shared }: Pick<SessionStore, 'shared'>, checks: BootChecks): void {
  if (shared || (!cluster.isWorker && process.env.NODE_APP_INSTANCE === undefined)) return;
  checks.found(
    'memory-in-cluster',
    'store: this process is one of several, and sessions in its memory are refused by the others; give a store that they share',
  );
}

/**
 * Where sessions are shared between machines, a registry of API tokens in a local file is not: each machine would know
 * those that it made itself, and revoke no others.
 *
 * @throws SessionConfigurationError where it refuses.
 */
export function checkTokensOfOneMachine({ shared }: Pick<SessionStore, 'shared'>, checks: BootChecks): void {
  if (!shared) return;
  checks.found(
    'local-api-tokens',
    'apiTokenStore: expected one, since the session store is shared between machines and a file of API tokens is not; give ' +
      'that of the same backend, or a FileApiTokenStore in a folder that all of them share',
  );
}

/** Who names a folder there elsewhere than in production, as for a test, means it. */
export function checkTokenFolder(apiTokenDir: string | undefined, checks: BootChecks): void {
  if (apiTokenDir !== undefined && !inProduction()) return;
  const folder = resolve(apiTokenDir ?? tmpdir());
  if (!`${folder}${sep}`.startsWith(resolve(tmpdir()) + sep)) return;
  checks.found(
    'temporary-api-tokens',
    `${apiTokenDir === undefined ? 'No apiTokenDir' : 'apiTokenDir'}: API tokens are registered in ${folder}, which a reboot may empty`,
  );
}

/** Services that all leave the issuer out accept each other's tokens as soon as they share a key. */
export function checkIssuer({ issuer }: JwtSessionOptions, defaultIssuer: string, checks: BootChecks): void {
  if (issuer !== undefined || !inProduction()) return;
  checks.found(
    'default-issuer',
    `No issuer: tokens say "iss": "${defaultIssuer}", the default, which is not your application's name`,
  );
}

/** The specification's limit is that of one laboratory, where ten is everybody. */
export function checkDefaultLimit(
  options: TokenSessionOptions | SingleSessionOptions | JwtSessionOptions,
  checks: BootChecks,
): void {
  if (options.strategy === 'single' || !inProduction()) return;
  const { maxConcurrentSessions, maxSessionsPerUser = Infinity } = options;
  if (maxConcurrentSessions !== undefined || maxSessionsPerUser !== Infinity) return;
  checks.found(
    'default-limit',
    `No maxConcurrentSessions: ${POLICY_DEFAULTS[options.strategy].maxConcurrentSessions} sessions over all users is the ` +
      "default, and without maxSessionsPerUser one user's logins can be everybody's 429",
  );
}
