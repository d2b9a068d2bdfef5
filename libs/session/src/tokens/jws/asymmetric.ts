import { sign, type KeyObject } from 'node:crypto';
import { InvalidTokenError } from '../../core/errors.js';
import { splitCompact, type Jws, type JwsVerifier } from './jws.js';
import { ALGORITHMS, isSignedBy, type PublicKey } from '../keys/public-key.js';
import type { SigningKeys } from '../keys/signing-keys.js';

/**
 * Tells tokens signed by the other halves of some public keys.
 *
 * The header says which key, so it comes first; but nothing in it is parsed. Each key has one header, and a token
 * has one of those, letter by letter, or is refused: another algorithm, an unknown or missing `kid`, a `crit`, a
 * member that points to a key elsewhere are all just another header.
 */
export class AsymmetricVerifier implements JwsVerifier {
  readonly #keys: ReadonlyMap<string, PublicKey>;

  constructor(keys: readonly PublicKey[]) {
    this.#keys = new Map(keys.map((key) => [key.header, key]));
  }

  /** Whether a key has this encoded header. */
  knows(header: string): boolean {
    return this.#keys.has(header);
  }

  verify(token: string): string {
    const { header, payload, signature, signed } = splitCompact(token);
    const key = this.#keys.get(header);
    if (key === undefined) throw new InvalidTokenError('The header is not that of a key of ours');
    if (!isSignedBy(key, signed, signature)) {
      throw new InvalidTokenError('The token is not signed by a key of ours');
    }
    return payload;
  }
}

/** EdDSA or RS256, signed by node:crypto, since jsonwebtoken knows no EdDSA. Both give one signature per text. */
export class AsymmetricJws extends AsymmetricVerifier implements Jws {
  readonly #privateKey: KeyObject;
  readonly #digest: 'sha256' | null;
  readonly #header: string;

  constructor({ privateKey, publicKeys }: SigningKeys) {
    super(publicKeys);
    const [own] = publicKeys;
    this.#privateKey = privateKey;
    this.#digest = ALGORITHMS[own.algorithm].digest;
    this.#header = own.header;
  }

  sign(payload: string): string {
    const signed = `${this.#header}.${Buffer.from(payload).toString('base64url')}`;
    return `${signed}.${sign(this.#digest, Buffer.from(signed), this.#privateKey).toString('base64url')}`;
  }
}
