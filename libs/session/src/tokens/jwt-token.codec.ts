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

/** What a token says, in the words of RFC 7519 §4.1 and two of ours. */
interface WrittenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly type: TokenType;
  auth_time?: number;
  datasets?: string;
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
    const { jti, username, times, datasets } = claims;
    const written = this.#claims(username, times.expiresAt, times.issuedAt, jti, TokenType.Api);
    if (datasets !== undefined) written.datasets = formatDatasets(datasets);
    const jwt = this.#jws.sign(JSON.stringify(written));
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
    const jti = formatJti(record.id, type, record.generation);
    const claims = this.#claims(record.username, expiresAt, record.issuedAt, jti, type);
    if (record.authenticatedAt !== undefined && type === TokenType.Access) {
      claims.auth_time = record.authenticatedAt / SECOND;
    }
    return this.#jws.sign(JSON.stringify(claims));
  }

  /** One object in the order of old, which is added to and never copied: signing is what takes the time as it is. */
  #claims(sub: string, expiresAt: number, issuedAt: number, jti: string, type: TokenType): WrittenClaims {
    const { issuer: iss, audience: aud } = this.#parties;
    return { iss, aud, sub, exp: expiresAt / SECOND, iat: issuedAt / SECOND, jti, type };
  }
}
