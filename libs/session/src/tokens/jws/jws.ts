import { InvalidTokenError } from '../../core/errors.js';

/** Tells genuine tokens: those signed by a key at hand, under a header that is right for it. */
export interface JwsVerifier {
  /**
   * The payload of a genuine token, still in base64url.
   *
   * @throws InvalidTokenError for any other.
   */
  verify(token: string): string;
}

/** Signs tokens and tells them again (RFC 7515, compact serialization); one object for one set of keys. */
export interface Jws extends JwsVerifier {
  /** The token around a payload of JSON. */
  sign(payload: string): string;
}

/** The parts of a token as they were sent. */
export interface CompactJws {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** What is signed: header, dot, payload. */
  readonly signed: string;
}

/** @throws InvalidTokenError unless there are exactly three non-empty parts. */
export function splitCompact(token: string): CompactJws {
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  if (
    headerEnd < 1 ||
    payloadEnd < headerEnd + 2 ||
    payloadEnd + 1 === token.length ||
    token.includes('.', payloadEnd + 1)
  ) {
    throw new InvalidTokenError('The token does not have three non-empty parts');
  }
  return {
    header: token.slice(0, headerEnd),
    payload: token.slice(headerEnd + 1, payloadEnd),
    signature: token.slice(payloadEnd + 1),
    signed: token.slice(0, payloadEnd),
  };
}
