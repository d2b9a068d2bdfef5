import { InvalidInputError } from '../../core/errors.js';
import { SessionTransport } from '../../core/session-transport.js';
import { describeValue } from '../../util/text.js';

/** A request of Express, of Fastify, or of node:http. */
interface HttpRequest {
  /** Node's are texts; what an adapter of a cloud's makes of them need not be. */
  readonly headers: { readonly authorization?: unknown };
  readonly rawHeaders?: readonly string[];
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

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
    const { headers, rawHeaders, raw } = request as HttpRequest;
    // Node keeps the first of several Authorization headers and drops the rest without a word.
    if (authorizations(rawHeaders ?? raw?.rawHeaders ?? []) > 1) {
      throw new InvalidInputError('Authorization: expected one header, got several');
    }
    const header = headers.authorization;
    if (header === undefined) return undefined;
    if (typeof header !== 'string') {
      throw new InvalidInputError(`Authorization: expected a string, got ${describeValue(header)}`);
    }
    const scheme = BEARER.exec(header);
    return scheme === null ? undefined : header.slice(scheme[0].length);
  }
}

/** How many of the raw headers, names and values in turn, are called so in whatever case. */
function authorizations(raw: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) count += 1;
  }
  return count;
}
