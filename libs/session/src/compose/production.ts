import { SessionConfigurationError } from '../core/errors.js';
import type { SessionLogger } from '../core/logger.js';
import { POLICY_DEFAULTS } from '../core/session-policy.js';
import type { JwtSessionOptions, SingleSessionOptions, TokenSessionOptions } from './options.js';

/**
 * What is right for a first try and wrong for a service with users: under `NODE_ENV=production` an accident refuses to
 * boot, and a default that will hurt is told.
 */
export function inProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}

/**
 * A key that is there as `undefined` is an environment variable that is not: every restart would log everybody out, and
 * every replica refuse the others' tokens. Who leaves the option out wants the random key.
 *
 * @throws SessionConfigurationError in production.
 */
export function refuseMissingKey(options: object): void {
  const name = ['secretKey', 'signing'].find((option) => option in options);
  if (name === undefined || !inProduction()) return;
  throw new SessionConfigurationError(
    `${name}: expected a key under NODE_ENV=production, got undefined, as a missing environment variable is; ` +
      'for a random one, which ends with the process, leave the option out',
  );
}

/**
 * Where sessions are shared between machines, a registry of API tokens in a local file is not: each machine would know
 * those that it made itself, and revoke no others.
 *
 * @throws SessionConfigurationError in production.
 */
export function refuseTokensOfOneMachine(logger: SessionLogger): void {
  const problem =
    'apiTokenStore: expected one, since the session store is shared between machines and a file of API tokens is not; give ' +
    'that of the same backend, or a FileApiTokenStore in a folder that all of them share';
  if (inProduction()) throw new SessionConfigurationError(problem);
  logger.warn(problem);
}

/** Services that all leave the issuer out accept each other's tokens as soon as they share a key. */
export function warnOfDefaultIssuer(
  { issuer }: JwtSessionOptions,
  defaultIssuer: string,
  logger: SessionLogger,
): void {
  if (issuer !== undefined || !inProduction()) return;
  logger.warn(
    `No issuer: tokens say "iss": "${defaultIssuer}", the default, which is not your application's name`,
  );
}

/** The specification's limit is that of one laboratory, where ten is everybody. */
export function warnOfDefaultLimit(
  options: TokenSessionOptions | SingleSessionOptions | JwtSessionOptions,
  logger: SessionLogger,
): void {
  if (options.strategy === 'single' || !inProduction()) return;
  const { maxConcurrentSessions, maxSessionsPerUser = Infinity } = options;
  if (maxConcurrentSessions !== undefined || maxSessionsPerUser !== Infinity) return;
  logger.warn(
    `No maxConcurrentSessions: ${POLICY_DEFAULTS[options.strategy].maxConcurrentSessions} sessions over all users is the ` +
      "default, and without maxSessionsPerUser one user's logins can be everybody's 429",
  );
}
