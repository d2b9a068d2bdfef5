import { handMade, HEADER, hs512, part } from '../tokens/fixtures.js';
import { each, partsOf, type Family, type Forge, type Live } from './attack.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const JUNK = [
  '=',
  '==',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '\u001f',
  '\u007f',
  '%',
  '%00',
  '%20',
  '%3D',
  '+',
  '/',
  '~',
  '\\',
  '\u00a0',
  '\u00ad',
  '\u200b',
  '\u200d',
  '\u2028',
  '\u202e',
  '\u0301',
  '\ufeff',
  '\ud800',
  '😀',
];

/** One spelling of each part counts (RFC 7515 §2: base64url without padding, without anything else). */
export const ENCODINGS: readonly Family[] = [
  {
    name: 'junk',
    attacks: {
      ...each('behind', JUNK, ({ token }, junk) => token + junk),
      ...each('before', JUNK, ({ token }, junk) => junk + token),
      ...each('inside the header:', JUNK, ({ token }, junk) => token.slice(0, 8) + junk + token.slice(8)),
      ...each('behind the claims:', JUNK, ({ parts: [header, claims, signature] }, junk) =>
        [header, claims + junk, signature].join('.'),
      ),
      ...each(
        'inside the signature:',
        JUNK,
        ({ token }, junk) => token.slice(0, -40) + junk + token.slice(-40),
      ),
    },
  },
  {
    name: 'padding and alphabets',
    attacks: {
      'every part padded': ({ parts }) => parts.map(padded).join('.'),
      'plain base64 with padding': ({ parts }) =>
        parts.map((text) => Buffer.from(text, 'base64url').toString('base64')).join('.'),
      'a + for a character of the signature': ({ token }) => `${token.slice(0, -1)}+`,
      'a / for a character of the signature': ({ token }) => `${token.slice(0, -1)}/`,
      'upper case': ({ token }) => token.toUpperCase(),
      'lower case': ({ token }) => token.toLowerCase(),
      'the case of one letter of the header': ({ token }) => `E${token.slice(1)}`,
      'base32 of the signature': ({ parts: [header, claims, signature] }) =>
        [header, claims, signature.toUpperCase().replace(/[^A-Z2-7]/g, '2')].join('.'),
      'the signature in hexadecimal': ({ parts: [header, claims, signature] }) =>
        [header, claims, Buffer.from(signature, 'base64url').toString('hex')].join('.'),
      'the claims in plain text': ({ parts: [header, , signature], claims }) =>
        [header, JSON.stringify(claims), signature].join('.'),
    },
  },
  {
    name: 'other ways to write the same text',
    attacks: {
      'full stops percent-encoded': ({ token }) => token.replaceAll('.', '%2E'),
      'full stops percent-encoded twice': ({ token }) => token.replaceAll('.', '%252E'),
      'the first letter percent-encoded': ({ token }) => `%65${token.slice(1)}`,
      'all percent-encoded': ({ token }) =>
        [...token].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(''),
      'full stops as JSON escapes': ({ token }) => token.replaceAll('.', '\\u002e'),
      'full stops as entities': ({ token }) => token.replaceAll('.', '&#46;'),
      'full stops quoted-printable': ({ token }) => token.replaceAll('.', '=2E'),
      'full stops in UTF-7': ({ token }) => token.replaceAll('.', '+AC4-'),
      'full stops overlong in UTF-8': ({ token }) => token.replaceAll('.', '\u00c0\u00ae'),
      'the first letter overlong in UTF-8': ({ token }) => `\u00c1\u00a5${token.slice(1)}`,
      'full stops of full width': ({ token }) => token.replaceAll('.', '\uff0e'),
      'full stops that are leaders': ({ token }) => token.replaceAll('.', '\u2024'),
      'ideographic full stops': ({ token }) => token.replaceAll('.', '\u3002'),
      'letters of full width': ({ token }) => wide(token),
      'a Cyrillic е': ({ token }) => `\u0435${token.slice(1)}`,
      'a Greek Ο for O': ({ token }) => token.replace('O', '\u039f'),
      'a mathematical e': ({ token }) => `\u{1d41e}${token.slice(1)}`,
      'a letter in 16 bits that ends like ours': ({ token }) =>
        String.fromCharCode(token.charCodeAt(0) + 0x100) + token.slice(1),
      'the last letter in 16 bits that ends like ours': ({ token }) =>
        token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 0x100),
      'UTF-16, little end first': ({ token }) => [...token].map((letter) => `${letter}\0`).join(''),
      'UTF-16, big end first': ({ token }) => [...token].map((letter) => `\0${letter}`).join(''),
      'UTF-16 read as 16-bit characters': ({ token }) => Buffer.from(token).toString('utf16le'),
    },
  },
  {
    name: 'other spellings of one signature',
    attacks: Object.fromEntries(
      Array.from({ length: 15 }, (_, index) => [`the ${index + 2}. of 16`, respelt(index + 1)]),
    ),
  },
  {
    name: 'parts that no encoder writes, well signed',
    attacks: {
      ...each('claims followed by', ['=', ' ', '\n', '\0', 'é', '+', 'A', 'AA'], (live, junk) =>
        sealed(live, `${part(JSON.stringify(live.claims).padEnd(300))}${junk}`),
      ),
      'spare bits set in the claims': (live) => {
        const claims = part(JSON.stringify(live.claims).padEnd(301));
        return sealed(live, claims.slice(0, -1) + ALPHABET.charAt(ALPHABET.indexOf(claims.at(-1)!) + 1));
      },
      'claims in plain base64': (live) =>
        sealed(live, Buffer.from(`${JSON.stringify({ ...live.claims, x: '>>>???' })}  `).toString('base64')),
      'claims in UTF-16': (live) => claimed(live, Buffer.from(JSON.stringify(live.claims), 'utf16le')),
      'claims behind a BOM': (live) => claimed(live, `\ufeff${JSON.stringify(live.claims)}`),
      'claims with a byte that is no UTF-8': (live) => claimed(live, spliced(live, Buffer.from([0xff]))),
      'claims with an overlong letter': (live) => claimed(live, spliced(live, Buffer.from([0xc1, 0xa1]))),
      'claims with half a surrogate pair': (live) =>
        claimed(live, spliced(live, Buffer.from([0xed, 0xa0, 0x80]))),
      'claims in compressed bytes': (live) => claimed(live, Buffer.from([0x1f, 0x8b, 0x08, 0x00])),
    },
  },
];

/** The same bytes in another spelling: base64url leaves four bits of a signature's last character unused. */
function respelt(step: number): Forge {
  return ({ token }) => {
    const last = ALPHABET.indexOf(token.at(-1)!);
    return token.slice(0, -1) + ALPHABET.charAt((last & 0x30) | ((last + step) & 0x0f));
  };
}

function padded(text: string): string {
  return text + '='.repeat((4 - (text.length % 4)) % 4 || 1);
}

function wide(token: string): string {
  return token.replace(/[A-Za-z0-9]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
}

/** A token of these claims as they are spelt. */
function sealed(live: Live, claims: string): string {
  const text = `${partsOf(live.token)[0]}.${claims}`;
  return `${text}.${hs512(text, live.key)}`;
}

function claimed(live: Live, claims: string | Uint8Array): string {
  return handMade(HEADER, claims, live.key);
}

/** The claims with some bytes in the middle of the username. */
function spliced(live: Live, bytes: Uint8Array): Uint8Array {
  const [before, behind] = JSON.stringify({ ...live.claims, note: '|' }).split('|') as [string, string];
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(behind)]);
}
