import { Logger } from '@nestjs/common';
import { checkCookieOptions, type CookieTransportOptions } from '../../compose/cookie-options.js';
import { CrossSiteRequestError } from '../../core/errors.js';
import { harmless } from '../../core/logger.js';
import { SessionTransport } from '../../core/session-transport.js';
import type { SessionTokens } from '../../core/session.js';
import { printable } from '../../util/text.js';
import { cookieIn, FORGOTTEN, lifetimeOf, setCookie, type CookieAttributes } from './cookies.js';
import { hostOf, knownScheme, type HttpRequest, type HttpResponse } from './http-messages.js';
import { isOfOwnSite } from './own-site.js';

/** What browsers take for as good as https (Secure Contexts §3.1). */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

const LOGGER = harmless(new Logger('CookieTransport'));

/**
 * Two cookies for browsers, which scripts cannot read: one with the access token, and where there is one, one with the
 * refresh token. Requests that another site may have made a browser send are refused by the transport itself, so that
 * there is no CSRF token and nothing to bind besides. It writes and reads the headers by itself, on Express and Fastify.
 *
 * A request that changes something needs `Sec-Fetch-Site: same-origin`, or an `Origin` that is its own or a trusted one.
 * Browsers send them; a script that carries cookies sends the first.
 *
 * @example
 * SessionModule.forRoot({ strategy: 'jwt', transport: new CookieTransport({ sameSite: 'strict' }) });
 */
export class CookieTransport extends SessionTransport {
  override readonly carriesTokens: boolean = true;
  /** Whether the cookies travel over https alone, as the option says. */
  override readonly secure: boolean;
  /** What the cookies are called. */
  readonly names: {
    /** Of the cookie with the access token. */
    readonly access: string;
    /** Of the cookie with the refresh token. */
    readonly refresh: string;
  };
  readonly #options: Required<CookieTransportOptions>;
  readonly #trustedOrigins: ReadonlySet<string>;
  #hasWarned = false;

  /**
   * @param options Default: none.
   * @throws SessionConfigurationError that names each wrong one.
   */
  constructor(options: CookieTransportOptions = {}) {
    super();
    this.#options = checkCookieOptions(options);
    const { name, secure, refreshPath, trustedOrigins } = this.#options;
    this.secure = secure;
    const [host, own] = secure ? ['__Host-', '__Secure-'] : ['', ''];
    this.names = Object.freeze({
      access: `${host}${name}_access`,
      refresh: `${refreshPath === '/' ? host : own}${name}_refresh`,
    });
    this.#trustedOrigins = new Set(trustedOrigins);
  }

  /**
   * What the cookie holds.
   *
   * @throws InvalidInputError for two that differ.
   */
  read(request: unknown, which: 'access' | 'refresh' = 'access'): string | undefined {
    return cookieIn((request as HttpRequest).headers.cookie, this.names[which]);
  }

  /** @throws CrossSiteRequestError for a request that another site may have made a browser send. */
  override check(request: unknown, purpose: 'read' | 'write' = 'write'): void {
    if (isOfOwnSite(request as HttpRequest, purpose, this.#trustedOrigins)) return;
    throw new CrossSiteRequestError(
      'A request with cookies has to come from its own site: send Sec-Fetch-Site: same-origin, or an Origin that is its ' +
        'own or a trusted one',
    );
  }

  /**
   * Sets the cookies.
   *
   * @throws CrossSiteRequestError as {@link check}, which a route has to ask before a session exists.
   * @throws InvalidInputError for a token that is too long for a cookie; then none is set.
   */
  override write(
    request: unknown,
    response: unknown,
    tokens: SessionTokens,
    { persistent = this.#options.persistent }: { readonly persistent?: boolean } = {},
  ): void {
    this.check(request, 'write');
    this.#warnOfPlainHttp(request as HttpRequest);
    const { accessToken, refreshToken } = tokens;
    const lifetime = persistent ? lifetimeOf(tokens) : undefined;
    const cookies = [this.#cookie('access', accessToken, lifetime)];
    if (refreshToken !== undefined) cookies.push(this.#cookie('refresh', refreshToken, lifetime));
    send(response as HttpResponse, cookies);
  }

  /** Makes the browser forget both. */
  override clear(_request: unknown, response: unknown): void {
    send(response as HttpResponse, [
      this.#cookie('access', '', FORGOTTEN),
      this.#cookie('refresh', '', FORGOTTEN),
    ]);
  }

  #cookie(which: 'access' | 'refresh', value: string, lifetime: CookieAttributes['lifetime']): string {
    const { secure, sameSite, refreshPath } = this.#options;
    const path = which === 'refresh' ? refreshPath : '/';
    return setCookie(this.names[which], value, { path, secure, sameSite, lifetime });
  }

  /** The browser drops the cookie without a word: the login answers 200, and the next request 401. */
  #warnOfPlainHttp(request: HttpRequest): void {
    if (this.#hasWarned || !this.#options.secure || knownScheme(request) === 'https') return;
    const host = hostOf(request);
    if (host === undefined || LOOPBACK.test(host)) return;
    this.#hasWarned = true;
    LOGGER.warn(
      `Cookies were set over plain http on ${printable(host, 64)}, where browsers drop what is Secure; let the proxy in ` +
        'front say X-Forwarded-Proto: https if it ends TLS, or else set secure: false',
    );
  }
}

/** What sets or takes a token is for no cache (RFC 6749 §5.1). */
function send(response: HttpResponse, cookies: readonly string[]): void {
  for (const cookie of cookies) {
    if (typeof response.append === 'function') response.append('Set-Cookie', cookie);
    else response.header!('Set-Cookie', cookie);
  }
  response.header?.('Cache-Control', 'no-store');
}
