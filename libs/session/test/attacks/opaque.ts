import { createHmac, randomBytes } from 'node:crypto';
import { goodClaims, handMade, HEADER, hkdf, keyBytes } from '../tokens/fixtures.js';
import { each, type Family, type Forge, type Live } from './attack.js';

/** `key number 1 ‖ generation 3 ‖ session id 16 ‖ MAC 16`, as `tokens/opaque-token.codec.ts` says. */
const BYTES = 36;
const ID_AT = 4;
const MAC_AT = 20;

const JUNK = [
  '=',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '.',
  '+',
  '/',
  '%3D',
  '\u00a0',
  '\u200b',
  '\u202e',
  '\ufeff',
  '\ud800',
  '😀',
  'A',
  'AAAA',
];

/** Every bit of a token, changed one at a time. */
export const BIT_FLIPS: Family = {
  name: 'a bit flipped',
  attacks: Object.fromEntries(
    Array.from({ length: BYTES * 8 }, (_, bit): [string, Forge] => [
      `bit ${bit}`,
      (live) => changed(live, (bytes) => (bytes[bit >> 3]! ^= 1 << (bit & 7))),
    ]),
  ),
};

export const OPAQUE: readonly Family[] = [
  {
    name: 'lengths',
    attacks: {
      ...each('cut to', [0, 1, 4, 24, 32, 44, 46, 47], ({ token }, length) => token.slice(0, length)),
      'without its first character': ({ token }) => token.slice(1),
      twice: ({ token }) => token + token,
      '8192 characters': () => 'A'.repeat(8192),
      '8193 characters': () => 'A'.repeat(8193),
      '100 kB': () => 'A'.repeat(100_000),
      '10,000 full stops': () => '.'.repeat(10_000),
    },
  },
  {
    name: 'junk',
    attacks: {
      ...each('behind', JUNK, ({ token }, junk) => token + junk),
      ...each('before', JUNK, ({ token }, junk) => junk + token),
      ...each(
        'in place of the last character:',
        JUNK.slice(0, 16),
        ({ token }, junk) => token.slice(0, -1) + junk,
      ),
    },
  },
  {
    name: 'other ways to write the same text',
    attacks: {
      'upper case': ({ token }) => token.toUpperCase(),
      'lower case': ({ token }) => token.toLowerCase(),
      'spelt backwards': ({ token }) => [...token].reverse().join(''),
      'in hexadecimal': ({ token }) => Buffer.from(token, 'base64url').toString('hex'),
      'in base64url again': ({ token }) => Buffer.from(token).toString('base64url'),
      'percent-encoded': ({ token }) => [...token].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(''),
      'the first letter percent-encoded': ({ token }) =>
        `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`,
      'of full width': ({ token }) =>
        token.replace(/\w/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
      'a letter in 16 bits that ends like ours': ({ token }) =>
        String.fromCharCode(token.charCodeAt(0) + 0x100) + token.slice(1),
      'UTF-16': ({ token }) => [...token].map((letter) => `${letter}\0`).join(''),
      'in quotes': ({ token }) => `"${token}"`,
      'in JSON': ({ token }) => JSON.stringify({ token }),
      'two with a comma': ({ token, stranger }) => `${token},${stranger}`,
      'with the scheme again': ({ token }) => `Bearer ${token}`,
    },
  },
  {
    name: 'fields changed',
    attacks: {
      ...each('key number', [3, 85, 255], (live, by) => changed(live, (bytes) => (bytes[0]! ^= by))),
      ...each('generation', [1, 5, 255, 0xffffff], (live, generation) =>
        changed(live, (bytes) => bytes.writeUIntBE(generation, 1, 3)),
      ),
      "a stranger's id": (live) => changed(live, (bytes) => idOf(live.stranger).copy(bytes, ID_AT)),
      'no id': (live) => changed(live, (bytes) => bytes.fill(0, ID_AT, MAC_AT)),
      'a random id': (live) => changed(live, (bytes) => randomBytes(16).copy(bytes, ID_AT)),
      "a stranger's MAC": (live) =>
        changed(live, (bytes) => bytesOf(live.stranger).copy(bytes, MAC_AT, MAC_AT)),
      'no MAC': (live) => changed(live, (bytes) => bytes.fill(0, MAC_AT)),
      'a MAC of ones': (live) => changed(live, (bytes) => bytes.fill(255, MAC_AT)),
      'a random MAC': (live) => changed(live, (bytes) => randomBytes(16).copy(bytes, MAC_AT)),
      'id and MAC changed about': (live) =>
        changed(live, (bytes) =>
          Buffer.concat([bytes.subarray(MAC_AT), bytes.subarray(ID_AT, MAC_AT)]).copy(bytes, ID_AT),
        ),
      'all zero': () => Buffer.alloc(BYTES).toString('base64url'),
      'all ones': () => Buffer.alloc(BYTES, 255).toString('base64url'),
      'random bytes': () => randomBytes(BYTES).toString('base64url'),
    },
  },
  {
    name: 'a MAC of another making',
    attacks: {
      'an empty key': (live) => maced(live, Buffer.alloc(0)),
      'the key of JWTs': (live) => maced(live, live.key),
      'another ring': (live) => maced(live, hkdf(keyBytes('z'), 'opaque-token', 32)),
      'the right key over no generation': (live) =>
        changed(live, (bytes) => ours(live, bytes.subarray(ID_AT, MAC_AT)).copy(bytes, MAC_AT, 0, 16)),
      'the right key over the text': (live) =>
        changed(live, (bytes) => ours(live, Buffer.from(live.token.slice(0, 27))).copy(bytes, MAC_AT, 0, 16)),
      'the right key, its other half': (live) =>
        changed(live, (bytes) => ours(live, bytes.subarray(0, MAC_AT)).copy(bytes, MAC_AT, 16)),
      'the right key and SHA-512': (live) => maced(live, hkdf(live.key, 'opaque-token', 32), 'sha512'),
      'the right key, whole': (live) => {
        const said = bytesOf(live.token).subarray(0, MAC_AT);
        return Buffer.concat([said, ours(live, said)]).toString('base64url');
      },
    },
  },
  {
    name: 'no token of this kind',
    attacks: {
      'a JWT of the same key': (live) => handMade(HEADER, goodClaims(), live.key),
      'the id of the session': ({ token }) => idOf(token).toString('base64url'),
      'its jti': ({ token }) => `${idOf(token).toString('base64url')}.a2`,
      ...each('the word', ['undefined', 'null', '__proto__', 'admin', '[object Object]'], (_, word) => word),
    },
  },
  {
    name: 'contradicted by the record, well signed',
    asksStore: true,
    attacks: {
      ...each('generation', [0, 1, 0xffffff], (live, generation) =>
        resigned(live, (bytes) => bytes.writeUIntBE(generation, 1, 3)),
      ),
      'a session that never was': (live) => resigned(live, (bytes) => bytes.fill(0, ID_AT, MAC_AT)),
      "a stranger's session, generation 0": (live) =>
        resigned(live, (bytes) => {
          idOf(live.stranger).copy(bytes, ID_AT);
          bytes.writeUIntBE(0, 1, 3);
        }),
    },
  },
  {
    name: 'generations ahead, well signed',
    asksStore: true,
    renews: true,
    attacks: each('generation', [3, 4, 1000], (live, generation) =>
      resigned(live, (bytes) => bytes.writeUIntBE(generation, 1, 3)),
    ),
  },
];

function bytesOf(token: string): Buffer {
  return Buffer.from(token, 'base64url');
}

function idOf(token: string): Buffer {
  return bytesOf(token).subarray(ID_AT, MAC_AT);
}

function changed(live: Live, change: (bytes: Buffer) => void): string {
  const bytes = bytesOf(live.token);
  change(bytes);
  return bytes.toString('base64url');
}

/** The MAC of the right key, in full length. */
function ours({ key }: Live, said: Uint8Array): Buffer {
  return createHmac('sha256', hkdf(key, 'opaque-token', 32))
    .update(said)
    .digest();
}

function maced(live: Live, key: Uint8Array, digest = 'sha256'): string {
  return changed(live, (bytes) =>
    createHmac(digest, key).update(bytes.subarray(0, MAC_AT)).digest().copy(bytes, MAC_AT, 0, 16),
  );
}

function resigned(live: Live, change: (bytes: Buffer) => void): string {
  return changed(live, (bytes) => {
    change(bytes);
    ours(live, bytes.subarray(0, MAC_AT)).copy(bytes, MAC_AT, 0, 16);
  });
}
