import type { DatasetPermissions } from './datasets.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import type { SessionRecord } from './session.js';
import { TokenType } from './token-type.js';

/** The times that a token itself carries, as epoch milliseconds; an opaque token carries none. */
export interface CarriedTimes {
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly notBefore?: number;
  /** The `auth_time` of an access token (RFC 9068 §2.2.1). */
  readonly authenticatedAt?: number;
}

interface Claims {
  readonly jti: string;
  readonly issuer?: string;
  readonly audience?: string;
}

/** What a genuine token of a session says. */
export interface SessionClaims extends Claims {
  readonly type: typeof TokenType.Access | typeof TokenType.Refresh;
  readonly id: string;
  readonly generation: number;
  /** Present where the token carries it: a JWT's `sub`. */
  readonly username?: string;
  readonly times?: CarriedTimes;
}

/** What a genuine API token says. */
export interface ApiTokenClaims extends Claims {
  readonly type: typeof TokenType.Api;
  readonly username: string;
  readonly times: CarriedTimes;
  readonly datasets?: DatasetPermissions;
}

export type TokenClaims = SessionClaims | ApiTokenClaims;

/**
 * Turns records into tokens and tokens into claims: the port that every token format implements.
 *
 * Tokens are derived: the same record gives the same tokens again, as long as the first key stands.
 */
export abstract class TokenCodec {
  /** The tokens that the record determines. */
  abstract issue(record: SessionRecord): { readonly accessToken: string; readonly refreshToken?: string };

  /**
   * What a token says, once it is known to be ours; whether its time has come or gone is not judged here.
   *
   * @throws InvalidTokenError for anything that a sender can cause. Costs no I/O.
   */
  abstract read(token: string): TokenClaims;
}

/** Reads the tokens that another service writes. */
export abstract class TokenReader {
  /**
   * Sees to it that the key which a token names is at hand, if there is such a key; to be called before `read`.
   *
   * @throws SigningKeysUnavailableError if that cannot be known; InvalidTokenError for a mistyped token.
   */
  abstract prepare(token: string): MaybePromise<void>;

  /** As {@link TokenCodec.read}. */
  abstract read(token: string): TokenClaims;
}

/** A codec that can also write API tokens. */
export abstract class ApiTokenCodec extends TokenCodec {
  abstract issueApiToken(claims: Pick<ApiTokenClaims, 'jti' | 'username' | 'times' | 'datasets'>): string;
}

/** No token is longer than this many characters; a longer one is refused before anything looks into it. */
export const MAX_TOKEN_LENGTH = 8192;

type SessionTokenType = SessionClaims['type'];

/** What a token of a session is called: `<id>.a0` is the first access token, `<id>.r3` the fourth refresh token. */
export function formatJti(id: string, type: SessionTokenType, generation: number): string {
  return `${id}.${type === TokenType.Access ? 'a' : 'r'}${generation}`;
}

const JTI = /^([\w-]{22})\.([ar])(0|[1-9]\d{0,7})$/;

/** Reads what {@link formatJti} wrote; `undefined` for anything else, the name of an API token among it. */
export function parseJti(
  jti: string,
): { id: string; type: SessionTokenType; generation: number } | undefined {
  const parts = JTI.exec(jti);
  if (parts === null) return undefined;
  return {
    id: parts[1]!,
    type: parts[2] === 'a' ? TokenType.Access : TokenType.Refresh,
    generation: Number(parts[3]),
  };
}
