import { describe, expect, it, jest } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { generateKeyPairSync } from 'node:crypto';
import type { Jwk } from '../../src/core/session-keys.js';
import { JwksVerifierModule } from '../../src/nest/jwks/jwks-verifier.module.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryLogger } from '../support/memory-logger.js';

const logger = new MemoryLogger();
const jwk = {
  ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
  kid: 'k',
  alg: 'EdDSA',
} as Jwk;

/** Nest once more, as when a linked package brings its own: none of its classes is one that the library knows. */
async function otherNest() {
  const found = { Test };
  await jest.isolateModulesAsync(async () => {
    found.Test = (await import('@nestjs/testing')).Test;
  });
  expect(found.Test).not.toBe(Test);
  return found;
}

describe.each([
  ['SessionModule', () => SessionModule.forRoot({ strategy: 'token', logger })],
  [
    'SessionModule from a factory',
    () => SessionModule.forRootAsync({ strategy: 'token', useFactory: async () => ({ logger }) }),
  ],
  [
    'JwksVerifierModule',
    () => JwksVerifierModule.forRoot({ jwks: { keys: [jwk] }, issuer: 'i', audience: 'a', logger }),
  ],
])('%s in an application on another copy of Nest', (name, module) => {
  it('says so, and how to make one of the two', async () => {
    const nest = await otherNest();
    const booting = nest.Test.createTestingModule({ imports: [module()] })
      .setLogger(new MemoryLogger())
      .compile();
    await expect(booting).rejects.toMatchObject({
      code: 'SESSION_CONFIGURATION',
      message: expect.stringMatching(
        new RegExp(
          `^${name.split(' ')[0]}: .* another copy of @nestjs/core .*npm ls @nestjs/core.*npm dedupe`,
        ),
      ),
    });
  });
});
