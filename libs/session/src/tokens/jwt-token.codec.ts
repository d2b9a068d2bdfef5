import { formatDatasets } from '../core/datasets.js';
import { SECOND } from '../core/expiry.js';
import type { SessionRecord } from '../core/session.js';
import { ApiTokenCodec, formatJti, type ApiTokenClaims, type TokenClaims } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import type { Jws } from './jws/jws.js';
import { readJwt, type JwtParties } from './read-jwt.js';

/** JSON Web Tokens (RFC 7519) with one set of keys. */
export class JwtTokenCodec extends ApiTokenCodec {
  readonly #jws: Jws;
  readonly #parties: JwtParties;

  constructor(jws: Jws, parties: JwtParties) {
    super();
    this.#jws = jws;
    this.#parties = parties;
  }

  issue(record: SessionRecord): { accessToken: string; refreshToken?: string } {
    const accessToken = this.#issueFor(record, TokenType.Access, record.expiresAt);
    if (record.refreshExpiresAt === undefined) return { accessToken };
    return { accessToken, refreshToken: this.#issueFor(record, TokenType.Refresh, record.refreshExpiresAt) };
  }

  issueApiToken(claims: Pick<ApiTokenClaims, 'jti' | 'username' | 'times' | 'datasets'>): string {
    return this.#sign({
      sub: claims.username,
      exp: claims.times.expiresAt / SECOND,
      iat: claims.times.issuedAt / SECOND,
      jti: claims.jti,
      type: TokenType.Api,
      ...(claims.datasets && { datasets: formatDatasets(claims.datasets) }),
    });
  }

  /**
   * Where a cache of tokens already verified goes: a rotation of keys replaces the codec, so that what it remembers
   * goes with the keys.
   */
  read(token: string): TokenClaims {
    return readJwt(token, this.#jws, this.#parties);
  }

  #issueFor(
    record: SessionRecord,
    type: typeof TokenType.Access | typeof TokenType.Refresh,
    expiresAt: number,
  ): string {
    return this.#sign({
      sub: record.username,
      exp: expiresAt / SECOND,
      iat: record.issuedAt / SECOND,
      jti: formatJti(record.id, type, record.generation),
      type,
    });
  }

  #sign(claims: Record<string, string | number>): string {
    const { issuer: iss, audience: aud } = this.#parties;
    return this.#jws.sign(JSON.stringify({ iss, aud, ...claims }));
  }
}
