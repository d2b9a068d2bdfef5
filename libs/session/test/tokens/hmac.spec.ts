import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Hmac } from '../../src/tokens/keys/hmac.js';
import { OpaqueTokenCodec } from '../../src/tokens/opaque-token.codec.js';
import { RotatingKeys } from '../../src/tokens/rotating-keys.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { AUDIENCE, ISSUER, keyBytes, refusal, ringOf, sessionRecord, signerOf } from './fixtures.js';

const LONGEST = 8192;
const DIGESTS = ['sha256', 'sha512'] as const;
/** Around the sizes of both blocks, and at either end. */
const KEY_LENGTHS = [0, 1, 20, 31, 32, 63, 64, 65, 127, 128, 129, 200, 4096];

const digest = fc.constantFrom(...DIGESTS);
const key = fc.oneof(
  fc.constantFrom(...KEY_LENGTHS).chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  fc.uint8Array({ maxLength: 300 }),
);
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 300 });

describe('Hmac', () => {
  it('is what createHmac says of bytes, for every length of a key and of what it is over', () => {
    fc.assert(
      fc.property(digest, key, fc.uint8Array({ maxLength: 300 }), (name, secret, bytes) => {
        expect(hex(new Hmac(name, secret, LONGEST).ofBytes(bytes))).toBe(macBy(name, secret, bytes, 'hex'));
      }),
    );
    for (const name of DIGESTS) {
      const mac = new Hmac(name, keyBytes(), LONGEST);
      for (const length of [0, 1, 63, 64, 65, 111, 112, 127, 128, 129, 4096, LONGEST]) {
        const bytes = Buffer.alloc(length, 'some bytes');
        expect(hex(mac.ofBytes(bytes))).toBe(macBy(name, keyBytes(), bytes, 'hex'));
      }
    }
  });

  it('is what createHmac says of a text, whatever it was asked before', () => {
    for (const name of DIGESTS) {
      const mac = new Hmac(name, keyBytes(), LONGEST);
      fc.assert(
        fc.property(ascii, (text) => {
          expect(mac.ofText(text)).toBe(macBy(name, keyBytes(), text, 'base64url'));
        }),
      );
    }
  });

  it.each([
    ['0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      '4a656665',
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'aa'.repeat(131),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('says of the key %s what RFC 4231 §4 has', (secret, text, expected) => {
    expect(hex(new Hmac('sha256', Buffer.from(secret, 'hex'), 100).ofBytes(Buffer.from(text)))).toBe(
      expected,
    );
  });

  it('has no MAC for a text that is not of ASCII alone, be it as long as there is room for', () => {
    const mac = new Hmac('sha512', keyBytes(), 8);
    // As Latin-1 the first of them would be an A.
    for (const letter of ['\u0141', '\u0080', 'é', '€', '\ud800', '😀']) {
      for (const text of [
        letter,
        `abc${letter}`,
        `${letter}abcdef`,
        'abcdef'.slice(letter.length) + letter,
      ]) {
        expect(mac.ofText(text)).toBeUndefined();
      }
    }
    expect(mac.ofText('abcdefgh')).toBe(macBy('sha512', keyBytes(), 'abcdefgh', 'base64url'));
  });

  it('refuses what is longer than was foretold, and reads none of it', () => {
    const mac = new Hmac('sha256', keyBytes(), 20);
    expect(() => mac.ofBytes(new Uint8Array(21))).toThrow(RangeError);
    expect(() => mac.ofText('x'.repeat(21))).toThrow(RangeError);
  });

  it('says nothing any more once it is dropped: everybody has a key of zeros', () => {
    const mac = new Hmac('sha256', keyBytes(), 20);
    mac.drop();
    expect(() => mac.ofBytes(new Uint8Array(20))).toThrow('This key was dropped');
    expect(() => mac.ofText('a text')).toThrow('This key was dropped');
  });
});

describe('a token with a letter that Latin-1 has not', () => {
  it.each(['header', 'payload', 'signature'] as const)('J1 is refused, be it in the %s', async (part) => {
    const codec = new JwtTokenCodec(signerOf(await ringOf('k')), { issuer: ISSUER, audience: AUDIENCE });
    const { accessToken } = codec.issue(sessionRecord());
    const parts = accessToken.split('.');
    const index = ['header', 'payload', 'signature'].indexOf(part);
    const own = parts[index]!;
    for (const at of [0, own.length - 1, own.search(/[A-Za-z]/)]) {
      // The letter whose last byte is that of the genuine one.
      const lookalike = String.fromCharCode(0x100 + own.charCodeAt(at));
      const altered = own.slice(0, at) + lookalike + own.slice(at + 1);
      refusal(codec, parts.map((each, place) => (place === index ? altered : each)).join('.'));
    }
  });
});

describe('a rotation of keys', () => {
  it('T1 overwrites those that went, and a codec of theirs that somebody kept lets nobody in', async () => {
    const former = await ringOf('a');
    const keys = new RotatingKeys({ ring: former }, 'salt', ({ ring }) => new OpaqueTokenCodec(ring));
    const kept = keys.codec;
    const { accessToken } = kept.issue(sessionRecord());
    await keys.rotateKeys([keyBytes('b'), keyBytes('a')]);
    expect(keys.codec.read(accessToken)).toMatchObject({ generation: 0 });
    expect(() => kept.read(accessToken)).toThrow('This key was dropped');
    expect(() => kept.issue(sessionRecord())).toThrow('This key was dropped');
    expect(() => former[0].jwtMac.ofText('a text')).toThrow('This key was dropped');
  });
});

function macBy(
  digest: string,
  key: Uint8Array,
  message: string | Uint8Array,
  encoding: 'hex' | 'base64url',
): string {
  return createHmac(digest, key).update(message).digest(encoding);
}

function hex(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('hex');
}
