import type { SessionTokens } from './session.js';

/**
 * Where requests carry their credential, and where responses hand out a new one: the one port that knows. Yours extends
 * this; `read` alone has to be written, and the rest suits a credential that clients add to each request themselves.
 *
 * @example
 * class OwnHeader extends SessionTransport {
 *   read(request: { headers: Record<string, string | undefined> }) {
 *     return request.headers['x-session'];
 *   }
 * }
 * SessionModule.forRoot({ strategy: 'token', transport: new OwnHeader() });
 */
export abstract class SessionTransport {
  /**
   * Whether responses carry the tokens, as cookies do, so that none belongs into a body, where scripts could read it.
   * Default: `false`.
   */
  readonly carriesTokens: boolean = false;

  /** `false` where what browsers keep of it travels over plain http, too: boot speaks of that (`insecure-cookie`). */
  readonly secure?: boolean;

  /**
   * The credential as it was sent, or `undefined` if the request carries none. Whether it is any good is not judged
   * here.
   *
   * @param request what is behind the context: over HTTP the request of Express or Fastify.
   * @param which whether the credential of a request or that of a refresh is meant, where they travel apart. Default:
   * `'access'`.
   * @throws InvalidInputError for more than one credential (400, RFC 6750 §2).
   */
  abstract read(request: unknown, which?: 'access' | 'refresh'): string | undefined;

  /**
   * Judges whether the request may carry a credential, or be answered with one: what browsers add and keep by themselves
   * they add and keep when other sites ask, too. `SessionGuard` asks where it found a credential, before it validates it;
   * a route that will `write` asks before it looks at a password, so that nobody is logged in as someone else. Does
   * nothing by default.
   *
   * @param purpose whether a credential of the request is to count (`'read'`), or tokens are to be written for it.
   * Default: `'write'`.
   * @throws SessionError if it may not.
   */
  check(request: unknown, purpose?: 'read' | 'write'): void;
  check(): void {}

  /**
   * Puts tokens on the response, after a login or a refresh. Does nothing by default.
   *
   * @param options `persistent`: whether a browser keeps them when it closes. Default: what the transport is set to.
   */
  write(
    request: unknown,
    response: unknown,
    tokens: SessionTokens,
    options?: { readonly persistent?: boolean },
  ): void;
  write(): void {}

  /** Makes the client forget the tokens that `write` gave it, after a logout. Does nothing by default. */
  clear(request: unknown, response: unknown): void;
  clear(): void {}
}
