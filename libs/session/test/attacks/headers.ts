import { deflateRawSync } from 'node:zlib';
import { handMade, HEADER, hs512, keyBytes, part } from '../tokens/fixtures.js';
import { each, type Family, type Live } from './attack.js';

const THEIR_KEY = keyBytes('x');

/** Where an attacker would have the server look for his key; nothing listens there. */
const POINTERS: readonly Record<string, unknown>[] = [
  { jku: 'http://127.0.0.1:9/keys' },
  { jku: 'https://attacker.example/.well-known/jwks.json', kid: '1' },
  { jku: 'file:///etc/passwd' },
  { x5u: 'https://attacker.example/cert.pem' },
  { x5u: 'ldap://attacker.example/' },
  { jwk: { kty: 'oct', k: THEIR_KEY.toString('base64url'), alg: 'HS512' } },
  { x5c: [THEIR_KEY.toString('base64')] },
  { x5t: 'AAAA', 'x5t#S256': 'AAAA' },
  { kid: '../../../../../../dev/null' },
  { kid: '/dev/null' },
  { kid: '/proc/sys/kernel/randomize_va_space' },
  { kid: "x' UNION SELECT 'secret" },
  { kid: 'x|/usr/bin/id' },
  { kid: 'http://127.0.0.1:9/key' },
  { kid: '__proto__' },
  { kid: 0 },
  { kid: { toString: 'secret' } },
  { cty: 'JWT' },
  { jku: 'x'.repeat(4000) },
];

const KNOWN = { alg: 'HS512', typ: 'JWT' };

export const HEADERS: readonly Family[] = [
  {
    name: 'a pointer to another key',
    attacks: {
      ...each('signed by that key:', POINTERS, (live, pointer) =>
        handMade({ ...KNOWN, ...pointer }, live.claims, THEIR_KEY),
      ),
      ...each("with the live token's signature:", POINTERS, (live, pointer) =>
        withHeader(live, { ...KNOWN, ...pointer }),
      ),
      'kid of an empty file, signed by an empty key': (live) =>
        handMade({ ...KNOWN, kid: '/dev/null' }, live.claims, new Uint8Array()),
    },
  },
  {
    name: 'an extension',
    attacks: {
      ...each(
        'well signed: crit',
        [['b64'], ['exp'], ['x'], [], 'b64', null, false, 0, {}] as const,
        (live, crit) => handMade({ ...KNOWN, crit, b64: false, x: 1 }, live.claims, live.key),
      ),
      'b64 false, the claims in plain text': (live) => {
        const text = `${part({ ...KNOWN, b64: false, crit: ['b64'] })}.${JSON.stringify(live.claims)}`;
        return `${text}.${hs512(text, live.key)}`;
      },
      'zip, the claims compressed': (live) =>
        handMade({ ...KNOWN, zip: 'DEF' }, deflateRawSync(JSON.stringify(live.claims)), live.key),
      'a token in a token': (live) => handMade({ ...KNOWN, cty: 'JWT' }, live.token, live.key),
      'a token in a token, as JSON': (live) =>
        handMade({ ...KNOWN, cty: 'JWT' }, JSON.stringify(live.token), live.key),
      'the claims in the header': (live) => handMade({ ...KNOWN, ...live.claims }, {}, live.key),
      'encrypted, they say': (live) => withHeader(live, { alg: 'dir', enc: 'A256GCM', typ: 'JWT' }),
    },
  },
  {
    name: 'another typ',
    attacks: each(
      'well signed:',
      ['JWE', 'at+jwt', 'JWT ', 'JWS', 'dpop+jwt', '', 5, null, true, ['JWT'], {}] as const,
      (live, typ) => handMade({ alg: 'HS512', typ }, live.claims, live.key),
    ),
  },
  {
    name: 'a header that is no JSON object',
    attacks: each(
      'well signed:',
      [
        '[]',
        'null',
        '"HS512"',
        '5',
        'true',
        ' ',
        '{',
        `${HEADER}}`,
        `${HEADER}\u0000`,
        `[${HEADER}]`,
        `\ufeff${HEADER}`,
      ],
      (live, header) => handMade(header, live.claims, live.key),
    ),
  },
];

function withHeader(live: Live, header: Record<string, unknown>): string {
  const [, claims, signature] = live.parts;
  return `${part(header)}.${claims}.${signature}`;
}
