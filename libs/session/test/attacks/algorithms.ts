import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { handMade, hs512, part } from '../tokens/fixtures.js';
import { each, type Family, type Live } from './attack.js';

const NONE = ['none', 'None', 'NONE', 'nOnE', 'noNe', 'none ', ' none', 'none\u0000', 'nonE\t', 'ｎone', ''];

const OTHERS = [
  'HS256',
  'HS384',
  'hs512',
  'HS512 ',
  'HS-512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES256K',
  'ES384',
  'ES512',
  'EdDSA',
  'dir',
  'A256KW',
  'RSA-OAEP',
];

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-521' });

/** RFC 8725 §3.1: what signs is the server's choice, never the token's. */
export const ALGORITHMS: readonly Family[] = [
  {
    name: 'alg none',
    attacks: {
      ...each('with an empty signature:', NONE, (live, alg) => `${under(live, { alg })}.`),
      ...each('in two parts:', NONE, (live, alg) => under(live, { alg })),
      ...each("with the live token's signature:", NONE, (live, alg) => resigned(live, { alg })),
      ...each('with a good signature:', NONE, (live, alg) => signed(live, { alg })),
    },
  },
  {
    name: 'alg of another name',
    attacks: {
      ...each("with the live token's signature:", OTHERS, (live, alg) => resigned(live, { alg })),
      ...each('with a good HS512 signature:', OTHERS, (live, alg) => signed(live, { alg })),
    },
  },
  {
    name: 'alg that is no name',
    attacks: {
      ...each(
        'well signed:',
        [null, 512, true, 0, ['HS512'], [], { HS512: true }, { alg: 'HS512' }] as const,
        (live, alg) => signed(live, { alg }),
      ),
      'well signed: missing': (live) => handMade({ typ: 'JWT' }, live.claims, live.key),
      'well signed: twice the same': (live) =>
        handMade('{"alg":"HS512","alg":"HS512","typ":"JWT"}', live.claims, live.key),
      'well signed: none, then HS512': (live) =>
        handMade('{"alg":"none","alg":"HS512","typ":"JWT"}', live.claims, live.key),
      'well signed: HS512, then none': (live) =>
        handMade('{"alg":"HS512","alg":"none","typ":"JWT"}', live.claims, live.key),
      'well signed: spelt Alg': (live) => handMade({ Alg: 'HS512', typ: 'JWT' }, live.claims, live.key),
      'well signed: in __proto__': (live) =>
        handMade('{"__proto__":{"alg":"HS512"},"typ":"JWT"}', live.claims, live.key),
    },
  },
  {
    name: 'another algorithm, really used',
    attacks: {
      'HS256 with the right key': (live) => hmac(live, 'HS256', 'sha256'),
      'HS384 with the right key': (live) => hmac(live, 'HS384', 'sha384'),
      'HMAC-SHA256 called HS512': (live) => hmac(live, 'HS512', 'sha256'),
      'HMAC-SHA384 called HS512': (live) => hmac(live, 'HS512', 'sha384'),
      'HMAC-SHA3-512 called HS512': (live) => hmac(live, 'HS512', 'sha3-512'),
      'RS512 by a key of their own': (live) => asymmetric(live, 'RS512'),
      'RSA called HS512': (live) => asymmetric(live, 'HS512'),
      'ES512 by a key of their own': (live) => {
        const text = under(live, { alg: 'ES512' });
        return `${text}.${createSign('sha512').update(text).sign({ key: ec.privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url')}`;
      },
      'HS512 with the text of a public key': (live) =>
        handMade({ alg: 'HS512', typ: 'JWT' }, live.claims, Buffer.from(publicText())),
      'HS512 with the DER of a public key': (live) =>
        handMade(
          { alg: 'HS512', typ: 'JWT' },
          live.claims,
          rsa.publicKey.export({ type: 'spki', format: 'der' }),
        ),
    },
  },
];

type Header = Record<string, unknown>;

function under(live: Live, header: Header): string {
  return `${part({ typ: 'JWT', ...header })}.${live.parts[1]}`;
}

function resigned(live: Live, header: Header): string {
  return `${under(live, header)}.${live.parts[2]}`;
}

function signed(live: Live, header: Header): string {
  const text = under(live, header);
  return `${text}.${hs512(text, live.key)}`;
}

function hmac(live: Live, alg: string, digest: string): string {
  const text = under(live, { alg });
  return `${text}.${createHmac(digest, live.key).update(text).digest('base64url')}`;
}

function asymmetric(live: Live, alg: string): string {
  const text = under(live, { alg });
  return `${text}.${createSign('sha512').update(text).sign(rsa.privateKey, 'base64url')}`;
}

function publicText(): string {
  return String(rsa.publicKey.export({ type: 'spki', format: 'pem' }));
}
