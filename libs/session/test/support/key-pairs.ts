import { generateKeyPairSync } from 'node:crypto';
import type { AsymmetricAlgorithm } from '../../src/core/session-keys.js';

export const ALGORITHMS: readonly AsymmetricAlgorithm[] = ['EdDSA', 'RS256'];

/** A fresh key pair that suits an algorithm. */
export function keyPair(algorithm: AsymmetricAlgorithm) {
  return algorithm === 'EdDSA'
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
}
