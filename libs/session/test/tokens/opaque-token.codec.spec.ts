import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { randomId } from '../../src/managers/random-id.js';
import { OpaqueTokenCodec } from '../../src/tokens/opaque-token.codec.js';
import { randomKeyRing, resolveKeyRing, type KeyRing } from '../../src/tokens/keys/secret-key.js';
import { unicodeCharacter } from '../support/unicode-character.js';
import {
  anyId,
  expectNoKeyIn,
  goodClaims,
  handMade,
  HEADER,
  hkdf,
  ID,
  keyBytes,
  NOW,
  refusal,
  ringOf,
  sessionRecord,
  shownBy,
} from './fixtures.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const anyGeneration = fc.oneof(
  fc.integer({ min: 0, max: 0xffffff }),
  fc.constantFrom(0, 1, 255, 256, 65_535, 65_536, 0xffffff),
);

let ring: KeyRing;
let codec: OpaqueTokenCodec;
let token: string;

beforeAll(async () => {
  ring = await ringOf('k');
  codec = new OpaqueTokenCodec(ring);
  token = codec.issue(sessionRecord()).accessToken;
});

/** Two keys of 64 bytes whose numbers are the same byte. */
function keysOfOneNumber(): [Buffer, Buffer] {
  const seen = new Map<number, Buffer>();
  for (let count = 0; ; count++) {
    const key = Buffer.alloc(64, `number ${count} `);
    const number = hkdf(key, 'key-number', 1)[0]!;
    const other = seen.get(number);
    if (other) return [other, key];
    seen.set(number, key);
  }
}

describe('what is issued', () => {
  it('is 48 characters of base64url, and no refresh token', () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{48}$/);
    expect(Object.keys(codec.issue(sessionRecord()))).toEqual(['accessToken']);
  });

  it('has the layout of the design: key number, generation, id, truncated HMAC-SHA256', () => {
    const bytes = Buffer.from(codec.issue(sessionRecord({ generation: 0x010203 })).accessToken, 'base64url');
    const opaqueKey = hkdf(keyBytes(), 'opaque-token', 32);
    expect(bytes).toHaveLength(36);
    expect(bytes[0]).toBe(hkdf(keyBytes(), 'key-number', 1)[0]);
    expect([...bytes.subarray(1, 4)]).toEqual([1, 2, 3]);
    expect(bytes.toString('base64url', 4, 20)).toBe(ID);
    const mac = createHmac('sha256', opaqueKey).update(bytes.subarray(0, 20)).digest();
    expect(bytes.subarray(20).equals(mac.subarray(0, 16))).toBe(true);
  });

  it('is byte for byte the same for the same session and generation, whatever else changes', async () => {
    const again = new OpaqueTokenCodec(await ringOf('k'));
    expect(codec.issue(sessionRecord()).accessToken).toBe(token);
    expect(again.issue(sessionRecord()).accessToken).toBe(token);
    expect(
      codec.issue(sessionRecord({ username: 'bob', issuedAt: 0, lastAccessed: NOW + 5000, expiresAt: 1000 }))
        .accessToken,
    ).toBe(token);
  });

  it('is another token for another generation, id or key', async () => {
    const others = [
      codec.issue(sessionRecord({ generation: 1 })).accessToken,
      codec.issue(sessionRecord({ id: `${ID.slice(0, -1)}g` })).accessToken,
      new OpaqueTokenCodec(await ringOf('x')).issue(sessionRecord()).accessToken,
    ];
    expect(new Set([token, ...others]).size).toBe(4);
  });

  it('T1 holds 128 bits that nobody without the key can guess', () => {
    // The same session under 200 random keys: every bit of the MAC takes both values.
    const macs = Array.from({ length: 200 }, () =>
      Buffer.from(
        new OpaqueTokenCodec(randomKeyRing()).issue(sessionRecord()).accessToken,
        'base64url',
      ).subarray(20),
    );
    const bits = (fold: (a: number, b: number) => number) =>
      macs.reduce((all, mac) => all.map((byte, at) => fold(byte, mac[at]!)), [...macs[0]!]);
    expect(macs[0]).toHaveLength(16);
    expect(bits((a, b) => a | b)).toEqual(new Array(16).fill(255));
    expect(bits((a, b) => a & b)).toEqual(new Array(16).fill(0));
    expect(new Set(macs.map((mac) => mac.toString('hex'))).size).toBe(200);
  });

  it('T1 names sessions by 128 random bits', () => {
    const ids = Array.from({ length: 2000 }, () => randomId());
    expect(new Set(ids).size).toBe(2000);
    const bytes = ids.map((id) => Buffer.from(id, 'base64url'));
    expect(bytes.every((id, at) => id.length === 16 && id.toString('base64url') === ids[at])).toBe(true);
    for (let at = 0; at < 16; at++) {
      expect(bytes.reduce((all, id) => all | id[at]!, 0)).toBe(255);
      expect(bytes.reduce((all, id) => all & id[at]!, 255)).toBe(0);
    }
  });
});

describe('what is read', () => {
  it('names the session, the generation and the type, and carries neither a name nor times', () => {
    expect(codec.read(codec.issue(sessionRecord({ generation: 7 })).accessToken)).toEqual({
      id: ID,
      generation: 7,
      type: 'access',
      jti: `${ID}.a7`,
    });
  });

  it('is what was issued, for any id and any generation', () => {
    fc.assert(
      fc.property(anyId, anyGeneration, (id, generation) => {
        const { accessToken } = codec.issue(sessionRecord({ id, generation }));
        expect(accessToken).toHaveLength(48);
        expect(codec.read(accessToken)).toEqual({
          id,
          generation,
          type: 'access',
          jti: `${id}.a${generation}`,
        });
      }),
    );
  });

  it('does not depend on the clock', () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(8.64e15);
    try {
      expect(codec.read(token).id).toBe(ID);
      expect(codec.issue(sessionRecord()).accessToken).toBe(token);
    } finally {
      clock.mockRestore();
    }
  });
});

describe('what is refused', () => {
  it('T4 100,000 well-formed random tokens: none accepted', () => {
    let accepted = 0;
    for (let count = 0; count < 100_000; count++) {
      const bytes = randomBytes(36);
      // Half of them with the key number that an attacker can read off any token: these reach the MAC.
      if (count % 2 === 0) bytes[0] = ring[0].number;
      try {
        codec.read(bytes.toString('base64url'));
        accepted += 1;
      } catch {
        // refused, as it should be
      }
    }
    expect(accepted).toBe(0);
  });

  it('T4 a token of which any single character was changed, at every place', () => {
    for (let at = 0; at < 48; at++) {
      for (const character of ALPHABET) {
        if (character === token[at]) continue;
        refusal(codec, token.slice(0, at) + character + token.slice(at + 1));
      }
    }
  });

  it('T4 a token of which any single bit was changed, of any session', () => {
    fc.assert(
      fc.property(anyId, anyGeneration, fc.nat(287), (id, generation, bit) => {
        const bytes = Buffer.from(codec.issue(sessionRecord({ id, generation })).accessToken, 'base64url');
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        refusal(codec, bytes.toString('base64url'));
      }),
    );
  });

  it("T4 one session's MAC on another session, and one generation's on another", () => {
    const other = codec.issue(sessionRecord({ id: randomId() })).accessToken;
    const later = codec.issue(sessionRecord({ generation: 1 })).accessToken;
    const graft = (front: string, back: string) =>
      Buffer.concat([
        Buffer.from(front, 'base64url').subarray(0, 20),
        Buffer.from(back, 'base64url').subarray(20),
      ]).toString('base64url');
    expect(codec.read(graft(token, token)).id).toBe(ID);
    refusal(codec, graft(token, other));
    refusal(codec, graft(other, token));
    refusal(codec, graft(later, token));
  });

  it.each([
    ['nothing', () => ''],
    ['a character less', () => token.slice(1)],
    ['a character more', () => `${token}A`],
    ['padding', () => `${token}=`],
    ['a trailing line feed', () => `${token}\n`],
    ['a leading blank', () => ` ${token}`],
    ['a trailing blank', () => `${token} `],
    ['a NUL', () => `${token}\0`],
    ['the plain base64 alphabet', () => token.replace(/.$/, '+')],
    ['a slash', () => token.replace(/.$/, '/')],
    ['a blank inside', () => `${token.slice(0, 24)} ${token.slice(25)}`],
    ['a line feed inside', () => `${token.slice(0, 24)}\n${token.slice(24)}`],
    ['a letter that is not ASCII', () => `${token.slice(0, 47)}é`],
    ['a full-width letter', () => `${token.slice(0, 47)}Ａ`],
    ['the token twice', () => token + token],
    ['the scheme in front', () => `Bearer ${token}`],
    ['all zeros', () => 'A'.repeat(48)],
    ['the session id', () => ID],
    ['the jti', () => `${ID}.a0`],
    ['a JWT of the same key', () => handMade(HEADER, goodClaims())],
  ])('J5 %s', (_, make) => {
    refusal(codec, make());
  });

  it('J5 has one spelling: no other text of 48 characters decodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.nat(47), fc.constantFrom(...ALPHABET), (at, character) => {
        const spelled = token.slice(0, at) + character + token.slice(at + 1);
        const same = Buffer.from(spelled, 'base64url').equals(Buffer.from(token, 'base64url'));
        expect(same).toBe(spelled === token);
      }),
    );
  });

  it('T4 never throws anything but InvalidTokenError, for any text', () => {
    const lengthy = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 47, maxLength: 49 });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: unicodeCharacter, maxLength: 100 }), lengthy), (text) => {
        refusal(codec, text);
      }),
      { numRuns: 500 },
    );
  });

  it('D1 a text of any other length, before it is decoded', () => {
    const decode = jest.spyOn(Buffer, 'from');
    try {
      for (const text of [
        'A'.repeat(8193),
        'A'.repeat(5_000_000),
        token + 'A'.repeat(8192),
        token.slice(1),
      ]) {
        expect(() => codec.read(text)).toThrow('The token is not 48 characters of base64url');
      }
      expect(decode).not.toHaveBeenCalled();
      new OpaqueTokenCodec(ring).read(token);
      expect(decode).toHaveBeenCalled();
    } finally {
      decode.mockRestore();
    }
  });
});

describe('a ring of keys', () => {
  it('J16 signs with the first', async () => {
    const both = new OpaqueTokenCodec(await ringOf('n', 'k'));
    const alone = new OpaqueTokenCodec(await ringOf('n'));
    expect(both.issue(sessionRecord())).toEqual(alone.issue(sessionRecord()));
    expect(both.issue(sessionRecord()).accessToken).not.toBe(token);
  });

  it('J16 verifies with all, wherever in the ring the key stands', async () => {
    for (const letters of [['k'], ['n', 'k'], ['k', 'n'], ['a', 'b', 'c', 'k']]) {
      expect(new OpaqueTokenCodec(await ringOf(...letters)).read(token)).toMatchObject({
        id: ID,
        generation: 0,
      });
    }
  });

  it('J16 refuses what a dropped key signed', async () => {
    refusal(new OpaqueTokenCodec(await ringOf('n')), token);
    refusal(new OpaqueTokenCodec(await ringOf('n', 'm')), token);
  });

  it('numbers a key by what it is, never by its position', async () => {
    const first = await ringOf('k', 'n');
    const second = await ringOf('n', 'k');
    expect(first[0].number).toBe(second[1]!.number);
    expect(first[1]!.number).toBe(second[0].number);
    expect(first[0].number).toBe(hkdf(keyBytes('k'), 'key-number', 1)[0]);
  });

  it('J16 verifies with both of two keys that happen to have one number', async () => {
    const [one, two] = keysOfOneNumber();
    const both = await resolveKeyRing([one, two], 'salt');
    expect(both[0].number).toBe(both[1]!.number);
    const reader = new OpaqueTokenCodec(both);
    for (const key of [one, two]) {
      const writer = new OpaqueTokenCodec(await resolveKeyRing([key], 'salt'));
      expect(reader.read(writer.issue(sessionRecord()).accessToken).id).toBe(ID);
    }
    const other = new OpaqueTokenCodec(await resolveKeyRing([one], 'salt'));
    refusal(
      other,
      new OpaqueTokenCodec(await resolveKeyRing([two], 'salt')).issue(sessionRecord()).accessToken,
    );
  });
});

describe('what is shown', () => {
  it('L1 no error holds the token or a piece of it', () => {
    const bad = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const presented of [bad, `${token}=`, ` ${token}`, token.slice(4)]) {
      const text = shownBy(refusal(codec, presented));
      for (let at = 0; at + 8 <= presented.length; at += 4) {
        expect(text).not.toContain(presented.slice(at, at + 8));
      }
      expectNoKeyIn(text, 'k');
    }
  });

  it('L1 no error tells a key that is missing from a MAC that is wrong', () => {
    const unknownKey = Buffer.from(token, 'base64url');
    unknownKey[0]! ^= 1;
    const wrongMac = Buffer.from(token, 'base64url');
    wrongMac[35]! ^= 1;
    expect(refusal(codec, unknownKey.toString('base64url')).message).toBe(
      refusal(codec, wrongMac.toString('base64url')).message,
    );
  });

  it('L1 neither the codec nor the ring shows a key', () => {
    const derived = hkdf(keyBytes(), 'opaque-token', 32);
    for (const value of [codec, ring]) {
      const text = shownBy(value);
      expectNoKeyIn(text, 'k');
      expect(text).not.toContain(derived.toString('hex').slice(0, 12));
      expect(text).not.toContain(inspect(derived).slice(8, 26));
    }
  });
});
