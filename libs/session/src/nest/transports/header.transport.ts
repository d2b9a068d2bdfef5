import { InvalidInputError, SessionConfigurationError } from '../../core/errors.js';
import { SessionTransport } from '../../core/session-transport.js';
import { describeValue, printable } from '../../util/text.js';
import { rawValues, type HttpRequest } from './http-messages.js';

/** A field name (RFC 9110 §5.1). */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,128}$/;

/** The one has its own form, and the other its own rule on who may send it. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['authorization', 'BearerTransport'],
  ['cookie', 'CookieTransport'],
]);

/**
 * A header of its own that holds the bare token: `X-Session: <token>`. Its clients add it to each request themselves, so
 * that nothing is written and nothing cleared; an empty one is none. Shared caches do not know
 * it for a credential, as they know `Authorization`: what they must not keep says `Cache-Control: no-store`.
 *
 * @example
 * SessionModule.forRoot({ strategy: 'token', transport: new HeaderTransport('X-Session') });
 */
export class HeaderTransport extends SessionTransport {
  /** As it was given. */
  readonly name: string;
  readonly #key: string;

  /**
   * @param name what the header is called, in any case.
   * @throws SessionConfigurationError for `Authorization`, `Cookie` and what is no name of a header.
   */
  constructor(name: string) {
    super();
    if (typeof name !== 'string' || !HEADER_NAME.test(name)) {
      const came = typeof name === 'string' ? `"${printable(name, 32)}"` : describeValue(name);
      throw new SessionConfigurationError(`HeaderTransport: expected the name of a header, got ${came}`);
    }
    this.name = name;
    this.#key = name.toLowerCase();
    const other = OTHERS.get(this.#key);
    if (other !== undefined) {
      throw new SessionConfigurationError(
        `HeaderTransport: expected another header than ${name}, for which there is ${other}`,
      );
    }
  }

  /**
   * What the header holds.
   *
   * @throws InvalidInputError for several that differ.
   */
  read(request: unknown): string | undefined {
    const header = (request as HttpRequest).headers[this.#key];
    if (header === undefined) return undefined;
    const [value, ...others] = new Set(this.#values(request as HttpRequest, header));
    if (others.length > 0) throw new InvalidInputError(`${this.name}: expected one value, got several`);
    if (typeof value !== 'string') {
      throw new InvalidInputError(`${this.name}: expected a string, got ${describeValue(value)}`);
    }
    return value === '' ? undefined : value;
  }

  /** One by one where the request tells, since Node joins some and drops others. */
  #values(request: HttpRequest, header: unknown): readonly unknown[] {
    const values = rawValues(request, this.#key);
    if (values.length > 0) return values;
    return Array.isArray(header) ? header : [header];
  }
}
