import { type Clock, isWithin, SECOND } from '../../util/clock.js';
import { SigningKeysUnavailableError } from '../../core/errors.js';
import type { SessionLogger } from '../../core/logger.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { printable, printableError } from '../../util/text.js';
import { AsymmetricVerifier } from './asymmetric.js';
import { readJwkSet } from '../keys/jwk-set.js';
import type { JwsVerifier } from './jws.js';
import { isHeaderOfSomeKey } from '../keys/public-key.js';

const MAX_BODY_BYTES = 65_536;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export interface RemoteKeySetOptions {
  /** How long fetched keys count as fresh, in seconds. */
  readonly refreshAfter: number;
  /** How long after an attempt the next may follow, in seconds. */
  readonly cooldown: number;
  /** How long an attempt may take, in seconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly logger: SessionLogger;
}

/** Whether keys may be fetched from there: https without a password, or this very machine. */
export function isKeySetUri(uri: unknown): uri is string | URL {
  // A URL of another realm, or of jsdom, is none of ours; what it means is its text.
  const text = typeof uri === 'string' ? uri : (uri as Partial<URL> | null | undefined)?.href;
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/**
 * The keys that an issuer publishes as a JWK Set, fetched when a token needs them.
 *
 * - At most one attempt at a time, and one in `cooldown` seconds, however many tokens name keys that are not there:
 *   forged ones cause no flood.
 * - Keys older than `refreshAfter` are fetched anew, so that one which the issuer dropped is refused by then. While
 *   that fails, the old ones serve, and nobody waits for further attempts.
 * - If it cannot be known whether the issuer has the key that a token names, that is an outage and no bad token.
 */
export class RemoteKeySet implements JwsVerifier {
  readonly #uri: URL;
  readonly #options: RemoteKeySetOptions;
  #verifier = new AsymmetricVerifier([]);
  #fetchedAt = -Infinity;
  #attemptedAt = -Infinity;
  #failing = false;
  #attempt: Promise<void> | undefined;

  constructor(uri: string | URL, options: RemoteKeySetOptions) {
    this.#uri = new URL(typeof uri === 'string' ? uri : uri.href);
    this.#options = options;
  }

  /**
   * Sees to it that the key which a token names is at hand, if the issuer has it.
   *
   * @throws SigningKeysUnavailableError if that cannot be known.
   */
  prepare(token: string): MaybePromise<void> {
    const header = token.slice(0, Math.max(0, token.indexOf('.')));
    const known = this.#verifier.knows(header);
    if (known ? this.#isFresh() : !isHeaderOfSomeKey(header)) return undefined;
    const attempt = this.#attemptIfDue();
    if (known && this.#failing) return undefined;
    return this.#await(header, attempt);
  }

  verify(token: string): string {
    return this.#verifier.verify(token);
  }

  async #await(header: string, attempt: Promise<void> | undefined): Promise<void> {
    await attempt;
    if (this.#failing && !this.#verifier.knows(header)) {
      throw new SigningKeysUnavailableError('The keys of the issuer could not be fetched');
    }
  }

  #isFresh(): boolean {
    return isWithin(this.#fetchedAt, this.#options.refreshAfter * SECOND, this.#options.clock());
  }

  /** The attempt under way, a new one, or `undefined` if it is too early for that. Never rejects. */
  #attemptIfDue(): Promise<void> | undefined {
    if (this.#attempt !== undefined) return this.#attempt;
    const now = this.#options.clock();
    if (isWithin(this.#attemptedAt, this.#options.cooldown * SECOND, now)) return undefined;
    this.#attemptedAt = now;
    this.#attempt = this.#fetchKeys(now).finally(() => (this.#attempt = undefined));
    return this.#attempt;
  }

  async #fetchKeys(now: number): Promise<void> {
    try {
      const keys = readJwkSet(JSON.parse(await this.#fetchText()));
      if (keys.length === 0) throw new Error('no usable key in the set');
      this.#verifier = new AsymmetricVerifier(keys);
      this.#fetchedAt = now;
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      const place = printable(this.#uri.origin + this.#uri.pathname);
      this.#options.logger.warn(`The keys at ${place} could not be fetched: ${printableError(error)}`);
    }
  }

  async #fetchText(): Promise<string> {
    const response = await fetch(this.#uri, {
      headers: { Accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(this.#options.timeout * SECOND),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    // A 200 has a body, were it an empty one (Fetch §2.2.3).
    return readBounded(response.body!);
  }
}

/** Leaving the loop early lets go of the connection. */
async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
