import { crc32 } from 'node:zlib';
import { InvalidTokenError } from '../../core/errors.js';
import type { ApiTokenClaims, TokenClaims } from '../../core/token-codec.js';
import { TokenType } from '../../core/token-type.js';

/**
 * API tokens in the form `nsm_<jwt>_<checksum>`, which scanners for leaked secrets recognise, and which tells a
 * mistyped token from a forged one before anything is computed with a key.
 *
 * The checksum is the CRC-32 of all before its `_`, six digits of base 62: one spelling, and nothing secret. No JWT
 * begins like this: its header would have to begin with a byte that UTF-8 does not allow there.
 */
const PREFIX = 'nsm_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62⁶ is just more than 2³². */
const CHECKSUM_LENGTH = 6;
const ENDING_LENGTH = 1 + CHECKSUM_LENGTH;

export function wrap(jwt: string): string {
  const text = PREFIX + jwt;
  return text + endingOf(text);
}

export function isWrapped(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** @throws InvalidTokenError if the checksum is not that of the text before it. */
export function unwrap(token: string): string {
  const text = token.slice(0, -ENDING_LENGTH);
  if (token.slice(-ENDING_LENGTH) === endingOf(text)) return text.slice(PREFIX.length);
  throw new InvalidTokenError('The API token is mistyped: its checksum is not that of its text');
}

/**
 * What a wrapped token may say: a token of a session has one spelling, the plain one.
 *
 * @throws InvalidTokenError for claims of any other token.
 */
export function onlyApiToken(claims: TokenClaims): ApiTokenClaims {
  if (claims.type === TokenType.Api) return claims;
  throw new InvalidTokenError('A token of a session is wrapped like an API token');
}

function endingOf(text: string): string {
  let checksum = '';
  for (let rest = crc32(text); checksum.length < CHECKSUM_LENGTH; rest = Math.floor(rest / DIGITS.length)) {
    checksum = DIGITS.charAt(rest % DIGITS.length) + checksum;
  }
  return `_${checksum}`;
}
