import { namedValueReader } from '../util/named-value.js';

/**
 * What a token is for. The three are mutually exclusive: no verb that wants one accepts another unasked. `TokenType`
 * of the specification.
 */
export const TokenType = {
  /** Short-lived; the credential of a request. */
  Access: 'access',
  /** Long-lived, for scripts; may be limited to datasets. */
  Api: 'api',
  /** Renews a session; no credential of a request. */
  Refresh: 'refresh',
} as const;

/** One of the values of {@link TokenType}. */
export type TokenType = (typeof TokenType)[keyof typeof TokenType];

/**
 * Reads a token type as people write it: any case, surrounding blanks, with or without the prefix
 * `TokenType.` (`'Access'` and `' TokenType.API '` both resolve).
 *
 * @returns the type, or `undefined` for anything else; never throws.
 */
export const parseTokenType: (text: unknown) => TokenType | undefined = namedValueReader(
  'TokenType',
  TokenType,
);

/**
 * Whether two values, read as {@link parseTokenType} reads them, name the same type; `false` if either names none.
 * `TokenType.__eq__` of the specification.
 */
export function isTokenType(a: unknown, b: unknown): boolean {
  const type = parseTokenType(a);
  return type !== undefined && type === parseTokenType(b);
}
