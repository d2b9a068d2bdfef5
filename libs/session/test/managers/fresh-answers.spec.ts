import { describe, expect, it } from '@jest/globals';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import type { AccessOptions } from '../../src/core/session-store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { keyPair } from '../support/key-pairs.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { jwtManager } from '../support/managers.js';

/** Remembers whether it was asked for a fresh answer. */
class Asked extends MemorySessionStore {
  readonly with: (AccessOptions | undefined)[] = [];

  override access(id: string, generation: number, now: number, options?: AccessOptions) {
    this.with.push(options);
    return super.access(id, generation, now);
  }
}

describe('a fresh answer', () => {
  it('is asked of the store where a caller wants it, of a manager and of a verifier, and else not', async () => {
    const store = new Asked();
    const parties = { issuer: 'a', audience: 'b', logger: new MemoryLogger() };
    const signing = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;
    const manager = await jwtManager({ ...parties, signing, secretKey: undefined, store });
    const verifier = createSessionVerifier({ ...parties, jwks: manager.keys.publicKeys(), store });
    const { accessToken } = (await manager.createSession('alice'))!;
    for (const validator of [manager, verifier]) {
      store.with.length = 0;
      for (const options of [{ fresh: true }, {}, { fresh: false }, undefined]) {
        expect((await validator.validateSession(accessToken, options)).username).toBe('alice');
      }
      expect(store.with).toEqual([{ fresh: true }, undefined, undefined, undefined]);
    }
  });
});
