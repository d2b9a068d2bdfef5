/** Real Argon2, behind something that counts how many are at work at once. */
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as SecretKeys from '../../src/tokens/keys/secret-key.js';

let resolveKeyRing: typeof SecretKeys.resolveKeyRing;
let working = 0;
let mostAtOnce = 0;

beforeAll(async () => {
  const { hashRaw } = await import('@node-rs/argon2');
  jest.unstable_mockModule('@node-rs/argon2', () => ({
    hashRaw: async (...given: Parameters<typeof hashRaw>) => {
      working += 1;
      mostAtOnce = Math.max(mostAtOnce, working);
      try {
        if (given[0] === 'breaks') throw new Error('out of memory');
        return await hashRaw(...given);
      } finally {
        working -= 1;
      }
    },
  }));
  ({ resolveKeyRing } = await import('../../src/tokens/keys/secret-key.js'));
});

beforeEach(() => {
  mostAtOnce = 0;
});

describe('passphrases', () => {
  it('D4 of one ring are stretched one after the other, 100 MiB at a time', async () => {
    const ring = await resolveKeyRing(['a passphrase', 'another', 'a third', 'a fourth'], 'salt');
    expect(new Set(ring.map(({ jwt }) => jwt.export().toString('hex'))).size).toBe(4);
    expect(mostAtOnce).toBe(1);
  });

  it('D4 of several managers too', async () => {
    await Promise.all([resolveKeyRing('a passphrase', 'one'), resolveKeyRing('a passphrase', 'two')]);
    expect(mostAtOnce).toBe(1);
  });

  it('are stretched after one that failed', async () => {
    const [broken, whole] = await Promise.allSettled([
      resolveKeyRing('breaks', 'salt'),
      resolveKeyRing('a passphrase', 'salt'),
    ]);
    expect(broken).toMatchObject({ status: 'rejected', reason: { message: 'out of memory' } });
    expect(whole.status).toBe('fulfilled');
  });
});
