import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { publicKey, type PublicKey } from './public-key.js';

/** Far more than any rotation has in flight. */
const MAX_KEYS = 32;

/**
 * The keys of a set that we can verify with. Those for encryption, of kinds that we do not know, or broken are passed
 * over (RFC 7517 §5); the `kid` that a key claims is not looked at, for it is the thumbprint of the key.
 */
export function readJwkSet(set: unknown): PublicKey[] {
  const keys = (set as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return [];
  return keys.map(usableKey).filter((key) => key !== undefined);
}

function usableKey(given: unknown): PublicKey | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const jwk = given as JsonWebKey;
  // What holds a private half was not meant to be published, and may be anyone's by now.
  if ('d' in jwk || (jwk.use !== undefined && jwk.use !== 'sig')) return undefined;
  try {
    const key = publicKey(createPublicKey({ key: jwk, format: 'jwk' }));
    return jwk.alg === undefined || jwk.alg === key?.algorithm ? key : undefined;
  } catch {
    return undefined;
  }
}
