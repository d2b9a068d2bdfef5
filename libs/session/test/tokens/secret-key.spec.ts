import { createHash } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { hashRaw } from '@node-rs/argon2';
import {
  MIN_KEY_BYTES,
  randomKeyRing,
  resolveKeyRing,
  type KeyRing,
} from '../../src/tokens/keys/secret-key.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { OpaqueTokenCodec } from '../../src/tokens/opaque-token.codec.js';
import {
  AUDIENCE,
  expectNoKeyIn,
  hkdf,
  ISSUER,
  keyBytes,
  macBy,
  opaqueMacOf,
  refusal,
  ringOf,
  sessionRecord,
  shownBy,
  signerOf,
} from './fixtures.js';

const PASSPHRASE = 'correct horse battery staple';

describe('resolveKeyRing of bytes', () => {
  it('J14 asks for keys of 64 bytes, the size of the hash', () => {
    expect(MIN_KEY_BYTES).toBe(64);
  });

  it('signs JWTs with the bytes themselves', async () => {
    const [key] = await ringOf('k');
    expect(key.jwt.type).toBe('secret');
    expect(key.jwt.export().equals(keyBytes())).toBe(true);
    const long = Buffer.alloc(200, 'a long key');
    expect((await resolveKeyRing([long], 'salt'))[0].jwt.export().equals(long)).toBe(true);
  });

  it('signs anything else with keys of their own, from HKDF-SHA256 of the bytes', async () => {
    const [key] = await ringOf('k');
    expect(opaqueMacOf(key)).toBe(macBy(hkdf(keyBytes(), 'opaque-token', 32)));
    expect(key.number).toBe(hkdf(keyBytes(), 'key-number', 1)[0]);
    expect(opaqueMacOf(key)).not.toBe(macBy(key.jwt.export().subarray(0, 32)));
  });

  it('does not depend on the salt', async () => {
    const [one] = await resolveKeyRing([keyBytes()], 'one salt');
    const [two] = await resolveKeyRing([keyBytes()], 'another');
    expect(one.jwt.equals(two.jwt)).toBe(true);
    expect(opaqueMacOf(one)).toBe(opaqueMacOf(two));
    expect(one.number).toBe(two.number);
  });

  it('keeps the order, and keeps a copy that later changes of the bytes do not reach', async () => {
    const bytes = keyBytes('a');
    const ring = await resolveKeyRing([bytes, keyBytes('b')], 'salt');
    bytes.fill(0);
    expect(ring.map((key) => key.jwt.export().toString())).toEqual([
      keyBytes('a').toString(),
      keyBytes('b').toString(),
    ]);
  });

  it('takes any Uint8Array, a view into a larger buffer too', async () => {
    const larger = new Uint8Array(100);
    larger.set(keyBytes(), 20);
    const [key] = await resolveKeyRing([larger.subarray(20, 84)], 'salt');
    expect(key.jwt.export().equals(keyBytes())).toBe(true);
  });

  it('refuses to be empty', async () => {
    await expect(resolveKeyRing([], 'salt')).rejects.toThrow(TypeError);
  });
});

describe('randomKeyRing', () => {
  it('T1 is one key of 64 random bytes, another each time', () => {
    const rings = Array.from({ length: 50 }, randomKeyRing);
    expect(rings.every((ring) => ring.length === 1 && ring[0].jwt.symmetricKeySize === 64)).toBe(true);
    expect(new Set(rings.map(([key]) => key.jwt.export().toString('hex'))).size).toBe(50);
    expect(new Set(rings.map(([key]) => opaqueMacOf(key))).size).toBe(50);
  });
});

describe('resolveKeyRing of a passphrase', () => {
  let ring: KeyRing;
  /** Bytes from an independent call of Argon2id at the cost that the design settles. */
  let expected: Buffer;

  beforeAll(async () => {
    ring = await resolveKeyRing([PASSPHRASE], 'plantdb-api');
    expected = Buffer.from(
      await hashRaw(PASSPHRASE, {
        algorithm: 2,
        version: 1,
        timeCost: 2,
        memoryCost: 102_400,
        parallelism: 8,
        outputLen: 64,
        // The label is pinned: another one would change the key of every deployment.
        salt: createHash('sha256')
          .update('nsm/passphrase/v1\0')
          .update('plantdb-api')
          .digest()
          .subarray(0, 16),
      }),
    );
  });

  it('is Argon2id, t=2, m=100 MiB, p=8, 64 bytes, over the first 16 bytes of SHA-256(label, salt)', () => {
    expect(ring[0].jwt.export().toString('hex')).toBe(expected.toString('hex'));
  });

  it('derives the other keys from the stretched bytes', () => {
    expect(opaqueMacOf(ring[0])).toBe(macBy(hkdf(expected, 'opaque-token', 32)));
    expect(ring[0].number).toBe(hkdf(expected, 'key-number', 1)[0]);
  });

  it('gives the same key for the same passphrase and salt: all replicas and restarts agree', async () => {
    const [again] = await resolveKeyRing([PASSPHRASE], 'plantdb-api');
    expect(again.jwt.equals(ring[0].jwt)).toBe(true);
    const issued = new OpaqueTokenCodec([again]).issue(sessionRecord());
    expect(issued).toEqual(new OpaqueTokenCodec(ring).issue(sessionRecord()));
  });

  it('gives another key for another salt and for another passphrase', async () => {
    const [otherSalt] = await resolveKeyRing([PASSPHRASE], 'plantdb-api2');
    const [otherPhrase] = await resolveKeyRing([`${PASSPHRASE}r`], 'plantdb-api');
    const keys = [ring[0], otherSalt, otherPhrase].map((key) => key.jwt.export().toString('hex'));
    expect(new Set(keys).size).toBe(3);
    const issued = new OpaqueTokenCodec([otherSalt]).issue(sessionRecord()).accessToken;
    refusal(new OpaqueTokenCodec(ring), issued);
  });

  it('J16 stands beside bytes in one ring, in the order given', async () => {
    const mixed = await resolveKeyRing([keyBytes(), PASSPHRASE], 'plantdb-api');
    expect(mixed.map((key) => key.jwt.export().toString('hex'))).toEqual([
      keyBytes().toString('hex'),
      expected.toString('hex'),
    ]);
  });

  it('signs JWTs that any holder of the stretched bytes verifies', () => {
    const codec = new JwtTokenCodec(signerOf(ring), { issuer: ISSUER, audience: AUDIENCE });
    const claims = new JwtService({}).verify<{ sub: string }>(codec.issue(sessionRecord()).accessToken, {
      secret: expected,
      algorithms: ['HS512'],
      ignoreExpiration: true,
    });
    expect(claims.sub).toBe('alice');
  });

  it('L1 is nowhere shown', () => {
    const text = shownBy(ring);
    expect(text).not.toContain('correct horse');
    expect(text).not.toContain(expected.toString('hex').slice(0, 12));
    expect(text).not.toContain(expected.toString('base64url').slice(0, 12));
    expect(text).not.toContain([...expected.subarray(0, 6)].join(','));
  });
});

describe('what is shown of a ring', () => {
  it('L1 no key bytes', async () => {
    const ring = await ringOf('a', 'b');
    expectNoKeyIn(shownBy(ring), 'a', 'b');
    expectNoKeyIn(shownBy(ring[0]), 'a', 'b');
  });
});
