import { createHash, verify, type KeyObject } from 'node:crypto';
import type { AsymmetricAlgorithm, Jwk } from '../../core/session-keys.js';

/** What one algorithm asks of its keys, and of node:crypto. */
interface AlgorithmRules {
  /** For messages: what a key has to be. */
  readonly key: string;
  readonly fits: (key: KeyObject) => boolean;
  /** The digest to name to node:crypto; Ed25519 brings its own. */
  readonly digest: 'sha256' | null;
  /** The members that make the key, in the order of RFC 7638 §3. */
  readonly members: readonly string[];
}

/** RFC 8725 §3.1: a key is for one algorithm, the one that its kind says, whatever a token or a `JwkSet` claims. */
export const ALGORITHMS: Readonly<Record<AsymmetricAlgorithm, AlgorithmRules>> = Object.freeze({
  /** RFC 8037 §3.1, with the one curve that is everywhere. */
  EdDSA: {
    key: 'Ed25519',
    fits: (key: KeyObject) => key.asymmetricKeyType === 'ed25519',
    digest: null,
    members: ['crv', 'kty', 'x'],
  },
  /** RFC 7518 §3.3: RSASSA-PKCS1-v1_5, 2048 bits or more. */
  RS256: {
    key: 'RSA (2048 bits or more)',
    fits: (key: KeyObject) =>
      key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
    digest: 'sha256',
    members: ['e', 'kty', 'n'],
  },
});

/** A key that verifies, ready for use. */
export interface PublicKey {
  readonly algorithm: AsymmetricAlgorithm;
  readonly key: KeyObject;
  /** The one header that tokens of this key have, encoded: exactly `{ alg, typ, kid }`. */
  readonly header: string;
  /** The key as it is published; its `kid` is the thumbprint of RFC 7638. */
  readonly jwk: Jwk;
}

/** Makes a public `KeyObject` ready; `undefined` if it fits no algorithm. */
export function publicKey(key: KeyObject): PublicKey | undefined {
  const algorithm = (Object.keys(ALGORITHMS) as AsymmetricAlgorithm[]).find((name) =>
    ALGORITHMS[name].fits(key),
  );
  if (algorithm === undefined) return undefined;
  const exported = key.export({ format: 'jwk' });
  const members = Object.fromEntries(
    ALGORITHMS[algorithm].members.map((member) => [member, exported[member]]),
  );
  const kid = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  return Object.freeze({
    algorithm,
    key,
    header: encodedHeader(algorithm, kid),
    jwk: Object.freeze({ ...members, kid, alg: algorithm, use: 'sig' }),
  });
}

/** Whether `signature` is the one spelling of a signature over `signed` by that key. */
export function isSignedBy({ algorithm, key }: PublicKey, signed: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  return (
    bytes.toString('base64url') === signature &&
    verify(ALGORITHMS[algorithm].digest, Buffer.from(signed), key, bytes)
  );
}

const HEADER = /^\{"alg":"(EdDSA|RS256)","typ":"JWT","kid":"([\w-]{43})"\}$/;

/** Whether this encoded header could be that of some key, known or not. */
export function isHeaderOfSomeKey(header: string): boolean {
  const found = HEADER.exec(Buffer.from(header, 'base64url').toString());
  return found !== null && encodedHeader(found[1] as AsymmetricAlgorithm, found[2]!) === header;
}

function encodedHeader(alg: AsymmetricAlgorithm, kid: string): string {
  return Buffer.from(JSON.stringify({ alg, typ: 'JWT', kid })).toString('base64url');
}
