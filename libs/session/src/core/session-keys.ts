import { UnsupportedOperationError } from './errors.js';

/** A secret that signs tokens: at least 64 bytes used as they are, or a passphrase that is stretched into 64. */
export type SecretKey = Uint8Array | string;

/** A JSON Web Key (RFC 7517 §4). */
export interface Jwk {
  /** Which kind of key it is: `OKP` or `RSA`. */
  readonly kty?: string;
  readonly [member: string]: unknown;
}

/** A set of JSON Web Keys (RFC 7517 §5). */
export interface JwkSet {
  /** In no order that means anything. */
  readonly keys: readonly Jwk[];
}

/** One half of a key pair: as PEM, as a `KeyObject` of node:crypto, or as a JSON Web Key. */
export type AsymmetricKey = string | Jwk | KeyPairHalf;

/** What a `KeyObject` of node:crypto shows of itself. */
export interface KeyPairHalf {
  /** Which half it is; `secret` is refused. */
  readonly type: 'private' | 'public' | 'secret';
  /** `ed25519` or `rsa`. */
  readonly asymmetricKeyType?: string;
}

/** The algorithms whose tokens can be verified without the power to sign them. */
export type AsymmetricAlgorithm = 'EdDSA' | 'RS256';

/** Signs JWTs with a private key instead of the secret. */
export interface JwtSigning {
  /** The one algorithm of these keys: a token that names another is refused. */
  readonly algorithm: AsymmetricAlgorithm;
  /** Ed25519 under EdDSA (RFC 8037); RSA of at least 2048 bits under RS256 (RFC 7518 §3.3). */
  readonly privateKey: AsymmetricKey;
  /** Up to three further keys of that algorithm, which verify only: the overlap of a rotation. */
  readonly publicKeys?: readonly AsymmetricKey[];
}

/**
 * The keys of one manager, exchanged while it runs. A rotation acts in this process: each replica calls it.
 *
 * What a rotation leaves out is refused from then on, tokens that were accepted a moment ago among it.
 */
export abstract class SessionKeys {
  /**
   * Puts a whole new ring in the place of the option `secretKey`: the first key signs, all verify. A passphrase is
   * stretched before anything changes; of rotations at the same time the last one called wins.
   *
   * With the option `signing` no JWT is signed by these keys.
   *
   * @throws SessionConfigurationError for what the option would refuse; nothing changes then.
   * @throws UnsupportedOperationError under `no-auth`.
   */
  abstract rotateKeys(secretKey: SecretKey | readonly SecretKey[]): Promise<void>;

  /**
   * Puts another in the place of the whole option `signing`.
   *
   * @throws SessionConfigurationError for what the option would refuse; nothing changes then.
   * @throws UnsupportedOperationError where that option was not given.
   */
  abstract rotateSigning(signing: JwtSigning): Promise<void>;

  /** The public keys that verify tokens, for others to verify with; none without the option `signing`. */
  abstract publicKeys(): JwkSet;

  /**
   * The name of the key that a genuine token is signed with, the same after each exchange; `undefined` if none here is.
   *
   * @internal for what a token has opened, and keeps open.
   */
  signerOf(_token: string): string | undefined {
    return 'the only key';
  }

  /**
   * Calls `listener` with the names of the keys that an exchange has left out, until the function is called that it answers.
   *
   * @internal as {@link signerOf}.
   */
  onLeftOut(_listener: (names: ReadonlySet<string>) => void): () => void {
    return () => undefined;
  }
}

/** The keys of a manager that has none to exchange. */
export class NoSessionKeys extends SessionKeys {
  async rotateKeys(): Promise<never> {
    throw new UnsupportedOperationError('This manager has no keys to rotate');
  }

  async rotateSigning(): Promise<never> {
    throw new UnsupportedOperationError('This manager has no keys to rotate');
  }

  publicKeys(): JwkSet {
    return { keys: [] };
  }
}
