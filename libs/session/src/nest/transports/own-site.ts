import { hostOf, knownScheme, type HttpRequest, type Scheme } from './http-messages.js';

/**
 * Whether a request was wanted by a page of this very origin, or of one that is trusted, as far as browsers tell (Fetch
 * Metadata; RFC 6454 §7). What says nothing is not taken for one: neither header, `same-site`, `Origin: null`.
 *
 * @param purpose to read what a page may read from anywhere is harmless, since another site cannot see the answer.
 */
export function isOfOwnSite(
  request: HttpRequest,
  purpose: 'read' | 'write',
  trustedOrigins: ReadonlySet<string>,
): boolean {
  const { method, headers } = request;
  const handshake = isHandshake(request);
  if (purpose === 'read' && !handshake && isSafe(method)) return true;
  const site = headers['sec-fetch-site'];
  // "none" is a person's own doing, in the address bar; nobody opens a connection there.
  if (site === 'same-origin' || (site === 'none' && !handshake)) return true;
  const { origin } = headers;
  if (typeof origin !== 'string') return false;
  return trustedOrigins.has(origin) || (site === undefined && isOwnOrigin(origin, request));
}

/** RFC 9110 §9.2.1. */
function isSafe(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/**
 * Whether it opens a connection that lasts, on which another site would read and write: a WebSocket, over HTTP/2 too
 * (RFC 8441 §4), or socket.io, which may begin with a GET that polls.
 */
function isHandshake({ headers, url }: HttpRequest): boolean {
  if (headers.upgrade !== undefined || headers[':protocol'] !== undefined) return true;
  const query = url?.indexOf('?') ?? -1;
  if (query < 0) return false;
  const parameters = new URLSearchParams(url!.slice(query));
  return parameters.has('EIO') || parameters.getAll('transport').includes('polling');
}

const ORIGIN = /^(https?):\/\/([^/]+)$/;
const DEFAULT_PORT: Readonly<Record<Scheme, RegExp>> = { https: /:443$/, http: /:80$/ };

/** Where Fetch Metadata is absent, as over plain http: whether the page came from the host and port that it asks. */
function isOwnOrigin(origin: string, request: HttpRequest): boolean {
  const [, scheme, host] = ORIGIN.exec(origin) ?? [];
  if (scheme === undefined) return false;
  const known = knownScheme(request);
  if (known !== undefined && known !== scheme) return false;
  // Browsers leave out a default port, proxies may write it down.
  return host === hostOf(request)?.replace(DEFAULT_PORT[scheme as Scheme], '');
}
