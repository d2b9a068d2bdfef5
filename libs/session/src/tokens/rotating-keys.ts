import { isRefusal } from '../core/error-brand.js';
import { UnsupportedOperationError } from '../core/errors.js';
import { SessionKeys, type JwkSet, type JwtSigning, type SecretKey } from '../core/session-keys.js';
import type { TokenCodec } from '../core/token-codec.js';
import { Listeners } from '../util/listeners.js';
import { resolveSigning, type SigningKeys } from './keys/signing-keys.js';
import { checkSecretKey, dropKeyRing, resolveKeyRing, type KeyRing } from './keys/secret-key.js';

/** All keys of one manager at one time. */
export interface Keys {
  readonly ring: KeyRing;
  readonly signing?: SigningKeys;
}

/**
 * The keys of one manager and the codec made of them.
 *
 * Both are values: a rotation makes others and puts them in place by one assignment, so that no token is ever read
 * by half a ring, and whatever the old codec remembered of its tokens goes with it.
 */
export class RotatingKeys<C extends TokenCodec> extends SessionKeys {
  readonly #salt: string;
  readonly #codecOf: (keys: Keys) => C;
  readonly #leftOut = new Listeners<ReadonlySet<string>>();
  #keys: Keys;
  #codec: C;
  /** Of each key alone, by its name; made when it is first asked for. */
  #readers: ReadonlyMap<string, C> | undefined;
  #calls = 0;
  #latest = 0;

  /** @param salt what every replica and every restart shares; see {@link resolveKeyRing}. */
  constructor(keys: Keys, salt: string, codecOf: (keys: Keys) => C) {
    super();
    this.#salt = salt;
    this.#codecOf = codecOf;
    this.#keys = keys;
    this.#codec = codecOf(keys);
  }

  /** The codec of the keys in use; `CurrentCodec` asks for it anew for each token. */
  get codec(): C {
    return this.#codec;
  }

  async rotateKeys(secretKey: SecretKey | readonly SecretKey[]): Promise<void> {
    checkSecretKey(secretKey);
    const call = ++this.#calls;
    const ring = await resolveKeyRing(secretKey, this.#salt);
    // Bytes are ready before a passphrase is: a later call may be through already.
    if (call < this.#latest) return;
    this.#latest = call;
    const { ring: former } = this.#keys;
    this.#use({ ...this.#keys, ring });
    dropKeyRing(former);
  }

  async rotateSigning(signing: JwtSigning): Promise<void> {
    if (this.#keys.signing === undefined) {
      throw new UnsupportedOperationError(
        "Tokens are signed by the secretKey: rotate that, or boot with 'signing'",
      );
    }
    this.#use({ ...this.#keys, signing: resolveSigning(signing) });
  }

  publicKeys(): JwkSet {
    return { keys: this.#keys.signing?.publicKeys.map(({ jwk }) => jwk) ?? [] };
  }

  override signerOf(token: string): string | undefined {
    this.#readers ??= new Map(eachAlone(this.#keys).map(([name, keys]) => [name, this.#codecOf(keys)]));
    for (const [name, codec] of this.#readers) if (reads(codec, token)) return name;
    return undefined;
  }

  override onLeftOut(listener: (names: ReadonlySet<string>) => void): () => void {
    return this.#leftOut.add(listener);
  }

  #use(keys: Keys): void {
    const before = this.#keys;
    this.#codec = this.#codecOf(keys);
    this.#keys = keys;
    this.#readers = undefined;
    const names = new Set(eachAlone(keys).map(([name]) => name));
    const leftOut = eachAlone(before).flatMap(([name]) => (names.has(name) ? [] : [name]));
    if (leftOut.length > 0) this.#leftOut.tell(new Set(leftOut));
  }
}

/** The keys that verify tokens, by their names: each as if it were the only one. */
function eachAlone({ ring, signing }: Keys): (readonly [name: string, keys: Keys])[] {
  if (signing === undefined) return ring.map((key) => [key.name, { ring: [key] }]);
  return signing.publicKeys.map((key) => [key.header, { ring, signing: { ...signing, publicKeys: [key] } }]);
}

function reads(codec: TokenCodec, token: string): boolean {
  try {
    codec.read(token);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
