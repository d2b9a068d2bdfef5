import { InvalidInputError } from '../../core/errors.js';
import { SessionTransport } from '../../core/session-transport.js';
import { describeValue } from '../../util/text.js';
import { countRaw, type HttpRequest } from './http-messages.js';

const AUTHORIZATION = 'authorization';

/** The scheme is case-insensitive (RFC 9110 §11.1); what follows it is the token, and its codec's to judge. */
const BEARER = /^bearer(?: +|$)/i;

/**
 * `Authorization: Bearer <token>` (RFC 6750 §2.1), never the URL. Another scheme is no credential of ours. Its clients
 * add the token to each request themselves, and find it in the body of a login: nothing is written, nothing cleared.
 */
export class BearerTransport extends SessionTransport {
  /**
   * What follows `Bearer`.
   *
   * @throws InvalidInputError for several headers.
   */
  read(request: unknown): string | undefined {
    const { headers } = request as HttpRequest;
    // Node keeps the first of several Authorization headers and drops the rest without a word.
    if (countRaw(request as HttpRequest, AUTHORIZATION) > 1) {
      throw new InvalidInputError('Authorization: expected one header, got several');
    }
    const header = headers.authorization;
    if (header === undefined) return undefined;
    if (typeof header !== 'string') {
      throw new InvalidInputError(`Authorization: expected a string, got ${describeValue(header)}`);
    }
    return bearerToken(header);
  }
}

/** What follows `Bearer` in the value of a header; `undefined` for another scheme. */
export function bearerToken(header: string): string | undefined {
  const scheme = BEARER.exec(header);
  return scheme === null ? undefined : header.slice(scheme[0].length);
}
