import { createHmac, timingSafeEqual } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { formatDatasets } from '../core/datasets.js';
import { SECOND } from '../core/expiry.js';
import { InvalidTokenError } from '../core/errors.js';
import type { SessionRecord } from '../core/session.js';
import {
  ApiTokenCodec,
  formatJti,
  MAX_TOKEN_LENGTH,
  type ApiTokenClaims,
  type TokenClaims,
} from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { readClaims } from './jwt-claims.js';
import { parseJsonPart } from './jwt-json.js';
import type { KeyRing } from './secret-key.js';
import { isWrapped, onlyApiToken, unwrap, wrap } from './wrapped-token.js';

const ALGORITHM = 'HS512';
/** `{"alg":"HS512","typ":"JWT"}`: the header of every token that we sign. */
const OUR_HEADER = 'eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9';

/** Who the tokens are from and for: the `iss` and `aud` of each, checked on each. */
export interface JwtParties {
  readonly issuer: string;
  readonly audience: string;
}

/** How API tokens are written; they are read in either form. */
export interface ApiTokenForm {
  /** Whether as `nsm_<jwt>_<checksum>` instead of the bare JWT. Default: `false`. */
  readonly wrapApiTokens?: boolean;
}

/**
 * JSON Web Tokens (RFC 7519), HS512 only.
 *
 * Signed by `@nestjs/jwt`, verified here: jsonwebtoken lets pass an unknown `crit`, tokens without `exp` and
 * sixteen spellings of one signature.
 */
export class JwtTokenCodec extends ApiTokenCodec {
  readonly #keys: KeyRing;
  readonly #parties: JwtParties;
  readonly #wrapApiTokens: boolean;
  readonly #signer: JwtService;

  constructor(keys: KeyRing, parties: JwtParties, { wrapApiTokens = false }: ApiTokenForm = {}) {
    super();
    this.#keys = keys;
    this.#parties = parties;
    this.#wrapApiTokens = wrapApiTokens;
    this.#signer = new JwtService({
      secret: keys[0].jwt,
      signOptions: { algorithm: ALGORITHM, header: { alg: ALGORITHM, typ: 'JWT' } },
    });
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
    if (token.length > MAX_TOKEN_LENGTH) {
      throw new InvalidTokenError(`The token is longer than ${MAX_TOKEN_LENGTH} characters`);
    }
    return isWrapped(token) ? onlyApiToken(this.#verified(unwrap(token))) : this.#verified(token);
  }

  /** Where a cache of tokens already verified goes: what it remembers must not outlive its key. */
  #verified(token: string): TokenClaims {
    const headerEnd = token.indexOf('.');
    const claimsEnd = token.indexOf('.', headerEnd + 1);
    if (headerEnd < 1 || claimsEnd < headerEnd + 2 || token.includes('.', claimsEnd + 1)) {
      throw new InvalidTokenError('The token does not have three non-empty parts');
    }
    if (!this.#isSigned(token.slice(0, claimsEnd), token.slice(claimsEnd + 1))) {
      throw new InvalidTokenError('The token is not signed by a key of ours');
    }
    checkHeader(token.slice(0, headerEnd));
    return readClaims(parseJsonPart(token.slice(headerEnd + 1, claimsEnd)), this.#parties);
  }

  /**
   * Compares spellings, not bytes: base64url leaves four bits of a 64-byte signature unused, and only the
   * spelling that an encoder produces counts.
   */
  #isSigned(signed: string, signature: string): boolean {
    const given = Buffer.from(signature);
    return this.#keys.some((key) => {
      const expected = Buffer.from(createHmac('sha512', key.jwt).update(signed).digest('base64url'));
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
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
    // As bytes, because of an object jsonwebtoken replaces an `iat` of 0 by its own reading of the clock.
    return this.#signer.sign(Buffer.from(JSON.stringify({ iss, aud, ...claims })));
  }
}

/**
 * RFC 8725 §3.1: the algorithm is ours to choose, never the token's. Header members that name a key (`jku`, `jwk`,
 * `x5u`, `x5c`) are not looked at; `crit` asks for an extension, and there is none that we know (RFC 7515 §4.1.11).
 */
function checkHeader(part: string): void {
  if (part === OUR_HEADER) return;
  const { alg, typ, crit } = parseJsonPart(part);
  if (alg !== ALGORITHM) throw new InvalidTokenError(`The header's alg is not ${ALGORITHM}`);
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) {
    throw new InvalidTokenError("The header's typ is not JWT");
  }
  if (crit !== undefined) throw new InvalidTokenError('The header asks for an extension');
}
