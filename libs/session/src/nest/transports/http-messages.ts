/** A request of Express, of Fastify, or of node:http; its headers are texts there, and need not be elsewhere. */
export interface HttpRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly rawHeaders?: readonly string[];
  readonly socket?: HttpSocket | null;
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

interface HttpSocket {
  /** There on a socket of TLS. */
  readonly encrypted?: boolean;
}

/** A response of Express, which has both, or a reply of Fastify, whose `header` appends where it is `Set-Cookie`. */
export interface HttpResponse {
  append?(name: string, value: string): unknown;
  header?(name: string, value: string): unknown;
}

/**
 * The values that a request has under a name, in lower case, whatever case they came in. Node's `headers` would not do:
 * it drops the second of some, and joins those of others.
 */
export function rawValues(request: HttpRequest, name: string): string[] {
  return rawPairs(request).filter((_, at, pairs) => at % 2 === 1 && isCalled(pairs[at - 1]!, name));
}

/** How many values there are under it, without a list of them: every request with a bearer token is asked. */
export function countRaw(request: HttpRequest, name: string): number {
  const pairs = rawPairs(request);
  let count = 0;
  for (let at = 0; at < pairs.length; at += 2) if (isCalled(pairs[at]!, name)) count += 1;
  return count;
}

/** Names and values in turn. */
function rawPairs({ rawHeaders, raw }: HttpRequest): readonly string[] {
  return rawHeaders ?? raw?.rawHeaders ?? [];
}

function isCalled(header: string, name: string): boolean {
  return header.length === name.length && header.toLowerCase() === name;
}

export type Scheme = 'https' | 'http';

/** What proxies call it; Traefik names the scheme of a WebSocket. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['https', 'https'],
  ['wss', 'https'],
  ['http', 'http'],
  ['ws', 'http'],
]);

/**
 * Over what the client sent the request, as far as that is known: a socket without TLS may have a proxy in front that
 * ends it and does not say so. No page can make a browser send `X-Forwarded-Proto` unasked.
 */
export function knownScheme({ headers, socket }: HttpRequest): Scheme | undefined {
  if (socket?.encrypted === true) return 'https';
  const forwarded = headers['x-forwarded-proto'];
  if (typeof forwarded !== 'string') return undefined;
  const [first] = forwarded.split(',', 1);
  return SCHEMES.get(first!.trim().toLowerCase());
}

/** Host and port that the client asked for; HTTP/2 has a field of its own for them (RFC 9113 §8.3.1). */
export function hostOf({ headers }: HttpRequest): string | undefined {
  const host = headers.host ?? headers[':authority'];
  return typeof host === 'string' ? host.toLowerCase() : undefined;
}
