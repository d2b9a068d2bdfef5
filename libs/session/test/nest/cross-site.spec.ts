import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CrossSiteRequestError } from '../../src/core/errors.js';
import { toHttpException } from '../../src/nest/contexts/http/http-errors.js';
import { toCodedException } from '../../src/nest/contexts/error-frame.js';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';

const HOST = 'app.site.test:8443';

const ORIGINS: Readonly<Record<string, string | undefined>> = {
  absent: undefined,
  own: `https://${HOST}`,
  ownHttp: `http://${HOST}`,
  port: 'https://app.site.test:9443',
  sibling: 'https://other.site.test:8443',
  foreign: 'https://evil.test:8443',
  longer: `https://${HOST}.evil.test`,
  trusted: 'https://front.test',
  null: 'null',
};

/** Which requests that change something are let in (+), by what the browser says of the page that made them. */
const TABLE = `
  site         absent  own  ownHttp  port  sibling  foreign  longer  trusted  null
  absent         -      +      -      -       -        -       -        +      -
  same-origin    +      +      +      +       +        +       +        +      +
  none           +      +      +      +       +        +       +        +      +
  same-site      -      -      -      -       -        -       -        +      -
  cross-site     -      -      -      -       -        -       -        +      -
  Same-Origin    -      -      -      -       -        -       -        +      -
`;

const LET_IN = new Map<string, boolean>(
  rowsOf(TABLE).flatMap(({ site, ...cells }): [string, boolean][] =>
    Object.entries(cells).map(([origin, cell]) => [`${site} ${origin}`, cell === '+']),
  ),
);

/** What opens a connection, beside what a plain request of that method is. */
const HANDSHAKES = {
  none: { url: '/move?transport=bus', headers: {} },
  websocket: { url: '/', headers: { upgrade: 'websocket', connection: 'Upgrade' } },
  'websocket over HTTP/2': { url: '/', headers: { ':protocol': 'websocket' } },
  'polling of socket.io': { url: '/socket.io/?EIO=4&transport=polling&t=1', headers: {} },
  'polling of an older one': { url: '/socket.io/?%74ransport=polling', headers: {} },
} as const;

const SCHEMES = {
  'a socket of TLS': { socket: { encrypted: true }, headers: {} },
  'a proxy that says so': { socket: {}, headers: { 'x-forwarded-proto': 'https, http' } },
  'a proxy that says wss': { socket: {}, headers: { 'x-forwarded-proto': 'wss' } },
} as const;

const cookies = new CookieTransport({ trustedOrigins: ['https://front.test'] });

function isLetIn(request: object, purpose?: 'read' | 'write'): boolean {
  try {
    cookies.check(request, purpose);
    return true;
  } catch (error) {
    if (error instanceof CrossSiteRequestError) return false;
    throw error;
  }
}

const oneOf = <T extends object>(choices: T) => fc.constantFrom(...(Object.keys(choices) as (keyof T)[]));

describe('B2 A cookie counts, and is written, for requests of its own site alone', () => {
  it('B2 as the table says, whatever else the request holds', () => {
    const seen = new Set<string>();
    const requests = fc.record({
      row: fc.constantFrom(...LET_IN.keys()),
      method: fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'get', undefined),
      purpose: fc.constantFrom('read', 'write', undefined),
      handshake: oneOf(HANDSHAKES),
      scheme: oneOf(SCHEMES),
      noise: fc.dictionary(fc.constantFrom('referer', 'x-requested-with', 'sec-fetch-mode'), fc.string()),
    });
    const check = fc.property(requests, ({ row, method, purpose, handshake, scheme, noise }) => {
      const [site, origin] = row.split(' ') as [string, string];
      const { url, headers } = HANDSHAKES[handshake];
      const request = {
        method,
        url,
        socket: SCHEMES[scheme].socket,
        headers: {
          ...noise,
          ...headers,
          ...SCHEMES[scheme].headers,
          host: HOST,
          ...(site !== 'absent' && { 'sec-fetch-site': site }),
          ...(origin !== 'absent' && { origin: ORIGINS[origin] }),
        },
      };
      const reads =
        purpose === 'read' && handshake === 'none' && ['GET', 'HEAD', 'OPTIONS'].includes(method ?? '');
      // Nobody opens a connection in the address bar: there "none" says no more than any other word.
      const likeAnother = handshake !== 'none' && site === 'none' ? `cross-site ${origin}` : row;
      seen.add(row);
      return isLetIn(request, purpose) === (reads || LET_IN.get(likeAnother)!);
    });
    fc.assert(check, { numRuns: 20_000, seed: 1 });
    expect(seen.size).toBe(LET_IN.size);
  });

  it('B2 no text in either header lets a request in that is not the one word or the one origin', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(...Object.values(ORIGINS), 'same-origin', 'none'));
    const list = fc.oneof(text, fc.array(text), fc.integer());
    const check = fc.property(list, list, (site, origin) => {
      const headers = { host: HOST, 'sec-fetch-site': site, origin };
      const expected =
        site === 'same-origin' ||
        site === 'none' ||
        origin === 'https://front.test' ||
        (site === undefined && (origin === ORIGINS.own || origin === ORIGINS.ownHttp));
      return isLetIn({ method: 'POST', url: '/', headers }) === expected;
    });
    fc.assert(check, { numRuns: 20_000, seed: 2 });
  });

  it.each([
    ['https://app.test', 'app.test:443', true],
    ['http://app.test', 'app.test:80', true],
    ['http://app.test', 'APP.test', true],
    ['http://app.test', 'app.test:443', false],
    ['https://app.test', 'app.test:80', false],
    ['https://app.test:8443', 'app.test', false],
    ['https://app.test/', 'app.test', false],
    ['ftp://app.test', 'app.test', false],
    ['https://', '', false],
    ['https://app.test', undefined, false],
  ])('B2 without Fetch Metadata the origin %s and the host %s are one: %s', (origin, host, same) => {
    expect(isLetIn({ method: 'POST', headers: { origin, host } })).toBe(same);
    expect(isLetIn({ method: 'POST', headers: { origin, ':authority': host } })).toBe(same);
  });

  it('B2 an http page never counts on https, and counts where nothing is known of https', () => {
    const headers = { origin: 'http://app.test', host: 'app.test' };
    expect(isLetIn({ method: 'POST', headers })).toBe(true);
    expect(isLetIn({ method: 'POST', headers: { ...headers, 'x-forwarded-proto': 'http' } })).toBe(true);
    expect(isLetIn({ method: 'POST', headers: { ...headers, 'x-forwarded-proto': 'https' } })).toBe(false);
    expect(isLetIn({ method: 'POST', headers, socket: { encrypted: true } })).toBe(false);
    const fromHttps = { ...headers, origin: 'https://app.test', 'x-forwarded-proto': 'http' };
    expect(isLetIn({ method: 'POST', headers: fromHttps })).toBe(false);
  });

  it('is 403, in GraphQL FORBIDDEN, and says what to send', () => {
    let thrown: unknown;
    try {
      cookies.check({ method: 'POST', headers: {} });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'CROSS_SITE_REQUEST' });
    const exception = toHttpException(thrown as CrossSiteRequestError);
    expect(exception.getStatus()).toBe(403);
    expect(exception.message).toContain('send Sec-Fetch-Site: same-origin');
    expect(toCodedException(thrown as CrossSiteRequestError)).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
    });
  });
});

/** The rows of a table of words, by the words of its head. */
function rowsOf(table: string): Record<string, string>[] {
  const [head, ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/));
  return rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [head![index]!, cell])));
}
