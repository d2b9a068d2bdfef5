import { createHmac, type BinaryLike } from 'node:crypto';
import { SESSION_ID, START } from './records.js';

/** 64 bytes, all different. */
export const KEY = Uint8Array.from({ length: 64 }, (_, index) => 255 - index);
export const OTHER_KEY = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

export const PARTIES = { issuer: 'plantdb-api', audience: 'plantdb-client' };

export const HEADER = { alg: 'HS512', typ: 'JWT' };

/** The claims of an access token that are in order; a member changed to `undefined` is left out. */
export function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: PARTIES.issuer,
    aud: PARTIES.audience,
    sub: 'alice',
    exp: START / 1000 + 900,
    iat: START / 1000,
    jti: `${SESSION_ID}.a0`,
    type: 'access',
    ...changes,
  };
}

/** The claims of an API token that are in order. */
export function apiClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return claims({ jti: 'api-token-1', type: 'api', ...changes });
}

/** Signs any two parts, text or bytes, whatever they hold: the way of someone who has the key. */
export function signParts(
  header: string | Uint8Array,
  payload: string | Uint8Array,
  { key = KEY, hash = 'sha512' }: { key?: BinaryLike; hash?: string } = {},
): string {
  return signRaw(`${base64url(header)}.${base64url(payload)}`, { key, hash });
}

/** Signs a text as it stands, even where it is no base64url. */
export function signRaw(
  signed: string,
  { key = KEY, hash = 'sha512' }: { key?: BinaryLike; hash?: string } = {},
): string {
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

/** A token with our header and these claims. */
export function signClaims(payload: Record<string, unknown>): string {
  return signParts(JSON.stringify(HEADER), JSON.stringify(payload));
}

/** A token in order but for its header. */
export function signHeader(header: Record<string, unknown> | string): string {
  return signParts(typeof header === 'string' ? header : JSON.stringify(header), JSON.stringify(claims()));
}

export function base64url(part: string | Uint8Array): string {
  return Buffer.from(part as string).toString('base64url');
}
