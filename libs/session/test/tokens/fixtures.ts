import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { inspect } from 'node:util';
import { expect } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import fc from 'fast-check';
import { InvalidTokenError } from '../../src/core/errors.js';
import type { SessionRecord } from '../../src/core/session.js';
import type { TokenClaims, TokenCodec } from '../../src/core/token-codec.js';
import { Hs512 } from '../../src/tokens/jws/hs512.js';
import { resolveKeyRing, type KeyRing, type SigningKey } from '../../src/tokens/keys/secret-key.js';
import { unicodeCharacter } from '../support/unicode-character.js';

export const NOW = Date.UTC(2026, 0, 1);
export const ISSUER = 'plantdb-api';
export const AUDIENCE = 'plantdb-client';

/** 16 bytes that count up. */
export const ID = 'AAECAwQFBgcICQoLDA0ODw';

/** A key of 64 bytes that is printable, so that a leak of it would be seen in any encoding. */
export function keyBytes(letter = 'k'): Buffer {
  return Buffer.from(`${letter}-secret-key-bytes-`.repeat(4).slice(0, 64).padEnd(64, letter));
}

/** The ring of some keys; bytes only, so nothing is stretched. */
export function ringOf(...letters: string[]): Promise<KeyRing> {
  return resolveKeyRing(letters.map(keyBytes), 'salt');
}

/** Signs with a ring as a manager does once the optional peer is loaded. */
export function signerOf(ring: KeyRing): Hs512 {
  return new Hs512(ring, JwtService);
}

export function sessionRecord(given: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: ID,
    username: 'alice',
    generation: 0,
    createdAt: NOW,
    issuedAt: NOW,
    lastAccessed: NOW,
    expiresAt: NOW + 900_000,
    activeUntil: NOW + 902_000,
    refreshExpiresAt: NOW + 86_400_000,
    renewableUntil: NOW + 86_402_000,
    ...given,
  };
}

/** The claims of a good access token. */
export function goodClaims(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'alice',
    exp: NOW / 1000 + 900,
    iat: NOW / 1000,
    jti: `${ID}.a0`,
    type: 'access',
    ...given,
  };
}

export const HEADER = '{"alg":"HS512","typ":"JWT"}';

type Part = string | Uint8Array | Record<string, unknown>;

/** A part of a token: a text or bytes as they are, an object as JSON. */
export function part(content: Part): string {
  if (content instanceof Uint8Array) return Buffer.from(content).toString('base64url');
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64url');
}

/** Signs a text with HS512, whatever it is. */
export function hs512(signed: string, key: Uint8Array = keyBytes()): string {
  return createHmac('sha512', key).update(signed).digest('base64url');
}

/** A token put together by hand, its signature good. */
export function handMade(header: Part, claims: Part, key?: Uint8Array): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${hs512(signed, key)}`;
}

/** Reads `token`, which must be refused for a fault of the sender, and answers the error. */
export function refusal(codec: TokenCodec, token: string): InvalidTokenError {
  let claims: TokenClaims;
  try {
    claims = codec.read(token);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidTokenError);
    return error as InvalidTokenError;
  }
  throw new Error(`was accepted: ${inspect(claims)}`);
}

/** An id of any 128 bits. */
export const anyId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

/** Any name that may be given: 1 to 256 UTF-16 units, no controls, no lone surrogates. */
export const anyUsername = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...' "\\/;.<>{}[]:,\'éß山😀\u2028\u2029\u202e\ufeff'), unicodeCharacter),
    minLength: 1,
    maxLength: 120,
  })
  .filter((name) => ![...name].some((c) => c < ' ' || (c >= '\u007f' && c <= '\u009f')));

/** HKDF-SHA256 as design.md writes it, independent of the source. */
export function hkdf(key: Uint8Array, use: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', createSecretKey(key), '', `nsm/${use}/v1`, length));
}

/** What tells a key of opaque tokens from others: a MAC by it, over twenty zeros. */
export function opaqueMacOf({ opaqueMac }: SigningKey): string {
  return Buffer.from(opaqueMac.ofBytes(new Uint8Array(20)), 'latin1').toString('hex');
}

/** The same by a key at hand. */
export function macBy(key: Uint8Array): string {
  return createHmac('sha256', key).update(new Uint8Array(20)).digest('hex');
}

/** Everything that a careless log would write of a value. */
export function shownBy(value: unknown): string {
  return [
    inspect(value, { depth: 20, showHidden: true, getters: true, maxArrayLength: null }),
    inspect(value),
    JSON.stringify(value),
    String(value),
  ].join('\n');
}

/** Fails if `text` holds a key, in any usual encoding of it or of a part of it. */
export function expectNoKeyIn(text: string, ...letters: string[]): void {
  for (const letter of letters) {
    const bytes = keyBytes(letter);
    const forms = [
      bytes.subarray(0, 8).toString('latin1'),
      bytes.subarray(0, 12).toString('hex'),
      bytes.subarray(0, 12).toString('base64url'),
      [...bytes.subarray(0, 6)].join(','),
      [...bytes.subarray(0, 6)].join(', '),
      [...bytes.subarray(0, 6)].map((byte) => byte.toString(16)).join(' '),
    ];
    for (const form of forms) expect(text).not.toContain(form);
  }
}
