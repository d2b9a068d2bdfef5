import { InvalidInputError } from '../../core/errors.js';
import { SessionTransport } from '../../core/session-transport.js';
import type { SessionTokens } from '../../core/session.js';

/** Several transports as one: a request uses any of them, and a response those that write. */
export class SeveralTransports extends SessionTransport {
  override readonly carriesTokens: boolean;
  readonly #transports: readonly SessionTransport[];

  constructor(transports: readonly SessionTransport[]) {
    super();
    this.#transports = [...transports];
    this.carriesTokens = transports.some(({ carriesTokens }) => carriesTokens);
  }

  /**
   * The one credential that the request carries, wherever.
   *
   * @throws InvalidInputError for two that differ.
   */
  read(request: unknown, which?: 'access' | 'refresh'): string | undefined {
    let found: string | undefined;
    for (const transport of this.#transports) {
      const credential = transport.read(request, which);
      if (credential === undefined || credential === found) continue;
      if (found !== undefined) {
        throw new InvalidInputError('Expected one credential, got two that differ, in two places');
      }
      found = credential;
    }
    return found;
  }

  /**
   * A credential counts if it counts in one of the places where it is: a cookie beside the same token in `Authorization`
   * does no harm. Tokens are written only if all would.
   */
  override check(request: unknown, purpose: 'read' | 'write' = 'write'): void {
    if (purpose === 'write') {
      for (const transport of this.#transports) transport.check(request, purpose);
      return;
    }
    let objection: { readonly error: unknown } | undefined;
    for (const transport of this.#transports) {
      if (transport.read(request) === undefined) continue;
      try {
        transport.check(request, purpose);
        return;
      } catch (error) {
        objection ??= { error };
      }
    }
    if (objection) throw objection.error;
  }

  override write(
    request: unknown,
    response: unknown,
    tokens: SessionTokens,
    options?: { readonly persistent?: boolean },
  ): void {
    for (const transport of this.#transports) transport.write(request, response, tokens, options);
  }

  override clear(request: unknown, response: unknown): void {
    for (const transport of this.#transports) transport.clear(request, response);
  }
}
