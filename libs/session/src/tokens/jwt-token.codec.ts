import { formatDatasets } from '../core/datasets.js';
import { SECOND } from '../util/clock.js';
import type { SessionRecord } from '../core/session.js';
import { ApiTokenCodec, formatJti, type ApiTokenClaims, type TokenClaims } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import type { Jws } from './jws/jws.js';
import { readJwt, type JwtParties } from './jwt/read-jwt.js';
import { VerifiedTokens } from './verified-tokens.js';
import { wrap } from './jwt/wrapped-token.js';

/** How API tokens are written; they are read in either form. */
export interface ApiTokenForm {
  /** Whether as `nsm_<jwt>_<checksum>` instead of the bare JWT. Default: `false`. */
  readonly wrapApiTokens?: boolean;
}

/** JSON Web Tokens (RFC 7519) with one set of keys. */
export class JwtTokenCodec extends ApiTokenCodec {
  readonly #jws: Jws;
  readonly #parties: JwtParties;
  readonly #wrapApiTokens: boolean;
  readonly #verified = new VerifiedTokens<TokenClaims>();

  constructor(jws: Jws, parties: JwtParties, { wrapApiTokens = false }: ApiTokenForm = {}) {
    super();
    this.#jws = jws;
    this.#parties = parties;
    this.#wrapApiTokens = wrapApiTokens;
  }

  issue(record: SessionRecord): { accessToken: string; refreshToken?: string } {
    const accessToken = this.#issueFor(record, TokenType.Access, record.expiresAt);
    if (record.refreshExpiresAt === undefined) return { accessToken };
    return { accessToken, refreshToken: this.#issueFor(record, TokenType.Refresh, record.refreshExpiresAt) };
  }

  issueApiToken(claims: Pick<ApiTokenClaims, 'jti' | 'username' | 'times' | 'datasets'>): string {
    const jwt = this.#sign({
      sub: claims.username,
      exp: claims.times.expiresAt / SECOND,
      iat: claims.times.issuedAt / SECOND,
      jti: claims.jti,
      type: TokenType.Api,
      ...(claims.datasets && { datasets: formatDatasets(claims.datasets) }),
    });
    return this.#wrapApiTokens ? wrap(jwt) : jwt;
  }

  read(token: string): TokenClaims {
    return this.#verified.get(token) ?? this.#verified.add(token, readJwt(token, this.#jws, this.#parties));
  }

  #issueFor(
    record: SessionRecord,
    type: typeof TokenType.Access | typeof TokenType.Refresh,
    expiresAt: number,
  ): string {
    const claims: Record<string, string | number> = {
      sub: record.username,
      exp: expiresAt / SECOND,
      iat: record.issuedAt / SECOND,
      jti: formatJti(record.id, type, record.generation),
      type,
    };
    if (record.authenticatedAt !== undefined && type === TokenType.Access) {
      claims.auth_time = record.authenticatedAt / SECOND;
    }
    return this.#sign(claims);
  }

  #sign(claims: Record<string, string | number>): string {
    const { issuer: iss, audience: aud } = this.#parties;
    return this.#jws.sign(JSON.stringify({ iss, aud, ...claims }));
  }
}
