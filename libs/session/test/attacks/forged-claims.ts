import { createHash, randomBytes } from 'node:crypto';
import { handMade, HEADER, hkdf, keyBytes, part } from '../tokens/fixtures.js';
import { claimsOf, each, partsOf, type Claims, type Family, type Live } from './attack.js';

/** What an attacker would like a token to say. */
const WISHES: Readonly<Record<string, (claims: Claims, stranger: Claims) => Record<string, unknown>>> = {
  'sub of a stranger': (_, { sub }) => ({ sub }),
  'sub admin': () => ({ sub: 'admin' }),
  'a later exp': ({ exp }) => ({ exp: exp + 31_536_000 }),
  'no exp': () => ({ exp: undefined }),
  'an earlier iat': ({ iat }) => ({ iat: iat - 1 }),
  'an nbf long past': () => ({ nbf: 0 }),
  'jti of a stranger': (_, { jti }) => ({ jti }),
  'another jti': () => ({ jti: 'AAAAAAAAAAAAAAAAAAAAAA.a0' }),
  'type access': ({ jti }) => ({ type: 'access', jti: `${jti.slice(0, 22)}.a7` }),
  'type refresh': ({ jti }) => ({ type: 'refresh', jti: `${jti.slice(0, 22)}.r7` }),
  'type api': ({ jti }) => ({ type: 'api', jti: jti.slice(0, 21) }),
  'no type': () => ({ type: undefined }),
  'another aud': () => ({ aud: 'other' }),
  'another iss': () => ({ iss: 'other' }),
  'all rights': () => ({ datasets: 'demo/Permission.READ,Permission.WRITE,Permission.DELETE' }),
  'a role': () => ({ role: 'admin', admin: true }),
};

/** Keys that an attacker can think of. To HMAC, zero bytes more or less make no other key (RFC 2104 §2). */
const KEYS: Readonly<Record<string, (live: Live) => Uint8Array>> = {
  'no bytes': () => new Uint8Array(),
  '64 bytes of ones': () => new Uint8Array(64).fill(255),
  'random bytes': () => randomBytes(64),
  'another ring': () => keyBytes('z'),
  'the word secret': () => Buffer.from('secret'),
  'the word undefined': () => Buffer.from('undefined'),
  'the issuer': ({ claims }) => Buffer.from(String(claims.iss)),
  'the username': ({ claims }) => Buffer.from(claims.sub),
  'the text of the header': ({ parts }) => Buffer.from(parts[0]),
  'the token itself': ({ token }) => Buffer.from(token),
  'its signature': ({ parts }) => Buffer.from(parts[2], 'base64url'),
  // The last, not the first: HMAC pads a key with zeros (RFC 2104 §2), so one that ends in a zero is its own beginning.
  '63 bytes of the key': ({ key }) => key.subarray(1),
  '32 bytes of the key': ({ key }) => key.subarray(0, 32),
  'the key and a byte': ({ key }) => Buffer.concat([key, Buffer.from('x')]),
  'the key backwards': ({ key }) => Uint8Array.from(key).reverse(),
  'the key less a bit': ({ key }) => Uint8Array.from(key, (byte, at) => (at === 40 ? byte ^ 1 : byte)),
  'the key in hexadecimal': ({ key }) => Buffer.from(Buffer.from(key).toString('hex')),
  'the key in base64': ({ key }) => Buffer.from(Buffer.from(key).toString('base64')),
  'the hash of the key': ({ key }) => createHash('sha512').update(key).digest(),
  'the key of opaque tokens': ({ key }) => hkdf(key, 'opaque-token', 32),
};

export const FORGED_CLAIMS: readonly Family[] = [
  {
    name: "claims changed under the live token's signature",
    attacks: each('wishing', Object.keys(WISHES), (live, wish) => {
      const [header, , signature] = partsOf(live.token);
      return `${header}.${part(wished(live, wish))}.${signature}`;
    }),
  },
  {
    name: 'claims changed and signed by another ring',
    attacks: each('wishing', Object.keys(WISHES), (live, wish) =>
      handMade(HEADER, wished(live, wish), keyBytes('z')),
    ),
  },
  {
    name: 'the very claims, signed by another key',
    attacks: each('key', Object.keys(KEYS), (live, key) => handMade(HEADER, live.claims, KEYS[key]!(live))),
  },
];

function wished(live: Live, wish: string): Record<string, unknown> {
  return { ...live.claims, ...WISHES[wish]!(live.claims, claimsOf(live.stranger)) };
}
