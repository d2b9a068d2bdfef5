import { systemClock } from '../util/clock.js';
import { SessionConfigurationError } from '../core/errors.js';
import { consoleLogger, harmless, type SessionLogger } from '../core/logger.js';
import { POLICY_DEFAULTS } from '../core/session-policy.js';
import { TokenType } from '../core/token-type.js';
import { SessionVerifier } from '../managers/session-verifier.js';
import { IssuedTokenReader, type IssuerKeys } from '../tokens/issued-token.reader.js';
import { AsymmetricVerifier } from '../tokens/jws/asymmetric.js';
import { readJwkSet } from '../tokens/keys/jwk-set.js';
import { RemoteKeySet } from '../tokens/jws/remote-key-set.js';
import { BootChecks } from './boot-checks.js';
import { checkAgainst } from './check-options.js';
import { checkTransport } from './checked-options.js';
import { JwksVerifierOptions } from './verifier-options.js';

/** What holds where an option of a verifier is left out; in seconds. */
export const VERIFIER_DEFAULTS = Object.freeze({
  leeway: POLICY_DEFAULTS.jwt.leeway,
  refreshAfter: 300,
  cooldown: 30,
  fetchTimeout: 3,
});

/**
 * Puts a verifier together, with or without Nest. Fetches nothing before a token needs it; `verifier.close()` when
 * done. `resolveUser`, `transport` and `isGlobal` are checked and left to `JwksVerifierModule`.
 *
 * @throws SessionConfigurationError as `JwksVerifierModule.forRoot` would at boot.
 */
export function createSessionVerifier(given: JwksVerifierOptions): SessionVerifier {
  const options = checkVerifierOptions(given);
  const { issuer, audience, leeway = VERIFIER_DEFAULTS.leeway, store, apiTokenStore, clock } = options;
  const logger = harmless(options.logger ?? consoleLogger);
  checkTransport(options.transport, new BootChecks(options.checks, logger));
  const apiTokens = options.apiTokens ?? apiTokenStore !== undefined;
  return new SessionVerifier({
    reader: new IssuedTokenReader(issuerKeys(options, logger), { issuer, audience }),
    leeway,
    accept: apiTokens ? [TokenType.Access, TokenType.Api] : [TokenType.Access],
    store,
    apiTokenStore,
    clock,
    logger,
  });
}

/** As `checkOptions`, for those of a verifier. */
export function checkVerifierOptions(
  given: JwksVerifierOptions,
  beside: Pick<JwksVerifierOptions, 'isGlobal'> = {},
): JwksVerifierOptions {
  return checkAgainst(JwksVerifierOptions, given, 'a verifier', beside);
}

function issuerKeys(options: JwksVerifierOptions, logger: SessionLogger): IssuerKeys {
  const { jwksUri, jwks, clock = systemClock } = options;
  if ((jwksUri === undefined) === (jwks === undefined)) {
    throw new SessionConfigurationError(
      `jwksUri: expected either this or jwks, got ${jwks === undefined ? 'neither' : 'both'}`,
    );
  }
  if (jwksUri !== undefined) {
    const { refreshAfter, cooldown, fetchTimeout } = VERIFIER_DEFAULTS;
    return new RemoteKeySet(jwksUri, {
      refreshAfter: options.refreshAfter ?? refreshAfter,
      cooldown: options.cooldown ?? cooldown,
      timeout: options.fetchTimeout ?? fetchTimeout,
      clock,
      logger,
    });
  }
  const keys = readJwkSet(jwks);
  if (keys.length > 0) return new AsymmetricVerifier(keys);
  throw new SessionConfigurationError(
    'jwks: expected a JWK Set with a public key, Ed25519 or RSA (2048 bits or more), got none',
  );
}
