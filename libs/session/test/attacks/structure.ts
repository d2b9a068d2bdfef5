import { hs512 } from '../tokens/fixtures.js';
import { each, partsOf, type Family } from './attack.js';

/** RFC 7515 §7.1: three parts, two full stops, nothing else. */
export const STRUCTURE: readonly Family[] = [
  {
    name: 'the number of parts',
    attacks: {
      'the header only': ({ parts: [header] }) => header,
      'the claims only': ({ parts: [, claims] }) => claims,
      'the signature only': ({ parts: [, , signature] }) => signature,
      'header and claims': ({ parts: [header, claims] }) => `${header}.${claims}`,
      'claims and signature': ({ parts: [, claims, signature] }) => `${claims}.${signature}`,
      'header and signature': ({ parts: [header, , signature] }) => `${header}.${signature}`,
      'four, the last empty': ({ token }) => `${token}.`,
      'four, the first empty': ({ token }) => `.${token}`,
      'four, the last of something': ({ token }) => `${token}.AAAA`,
      'four, the signature twice': ({ token, parts: [, , signature] }) => `${token}.${signature}`,
      'five, as JWE has': ({ parts: [header, claims, signature] }) =>
        `${header}.${claims}.${signature}.AAAA.AAAA`,
      'five, two tokens less a part': ({ token, parts: [header, claims] }) => `${token}.${header}.${claims}`,
      'six, the token twice': ({ token }) => `${token}.${token}`,
      'no full stop at all': ({ parts }) => parts.join(''),
      'double full stops': ({ parts }) => parts.join('..'),
    },
  },
  {
    name: 'empty parts',
    attacks: {
      'no header': ({ parts: [, claims, signature] }) => `.${claims}.${signature}`,
      'no claims': ({ parts: [header, , signature] }) => `${header}..${signature}`,
      'no claims, well signed': ({ key, parts: [header] }) => `${header}..${hs512(`${header}.`, key)}`,
      'no header, well signed': ({ key, parts: [, claims] }) => `.${claims}.${hs512(`.${claims}`, key)}`,
      'no signature': ({ parts: [header, claims] }) => `${header}.${claims}.`,
      'only a header': ({ parts: [header] }) => `${header}..`,
      'only claims': ({ parts: [, claims] }) => `.${claims}.`,
      'only a signature': ({ parts: [, , signature] }) => `..${signature}`,
      ...each('nothing but', ['', '.', '..', '...', '....'], (_, text) => text),
    },
  },
  {
    name: 'parts of two tokens, or moved',
    attacks: {
      'claims first': ({ parts: [header, claims, signature] }) => `${claims}.${header}.${signature}`,
      'signature first': ({ parts: [header, claims, signature] }) => `${signature}.${header}.${claims}`,
      backwards: ({ parts }) => [...parts].reverse().join('.'),
      'a header for claims': ({ parts: [header, , signature] }) => `${header}.${header}.${signature}`,
      "a stranger's claims": ({ stranger, parts: [header, , signature] }) =>
        `${header}.${partsOf(stranger)[1]}.${signature}`,
      "a stranger's signature": ({ stranger, parts: [header, claims] }) =>
        `${header}.${claims}.${partsOf(stranger)[2]}`,
      'spelt backwards': ({ token }) => [...token].reverse().join(''),
      'without its first character': ({ token }) => token.slice(1),
      'without its last character': ({ token }) => token.slice(0, -1),
      'half of the signature': ({ token }) => token.slice(0, -43),
      'the signature twice over': ({ token, parts: [, , signature] }) => token + signature,
      'a bit of the header flipped': ({ token }) => flipped(token, 10),
      'a bit of the claims flipped': ({ token, parts: [header] }) => flipped(token, header.length + 20),
      'a bit of the signature flipped': ({ token }) => flipped(token, token.length - 40),
    },
  },
  {
    name: 'another serialisation',
    attacks: {
      'flattened JSON': ({ parts: [header, claims, signature] }) =>
        JSON.stringify({ protected: header, payload: claims, signature }),
      'general JSON': ({ parts: [header, claims, signature] }) =>
        JSON.stringify({ payload: claims, signatures: [{ protected: header, signature }] }),
      'JSON with an unprotected header': ({ parts: [, claims, signature] }) =>
        JSON.stringify({ header: { alg: 'none' }, payload: claims, signature }),
      'an array of parts': ({ parts }) => JSON.stringify(parts),
      'an array of the token': ({ token }) => JSON.stringify([token]),
      'in double quotes': ({ token }) => `"${token}"`,
      'in single quotes': ({ token }) => `'${token}'`,
      'in angle brackets': ({ token }) => `<${token}>`,
      'in base64url': ({ token }) => Buffer.from(token).toString('base64url'),
      'in hexadecimal': ({ token }) => Buffer.from(token).toString('hex'),
      'with the scheme again': ({ token }) => `Bearer ${token}`,
      'as a parameter': ({ token }) => `token=${token}`,
      'as a data URL': ({ token }) => `data:application/jwt,${token}`,
      'two with a comma': ({ token }) => `${token},${token}`,
      'two with a comma and a blank': ({ token, stranger }) => `${token}, ${stranger}`,
      'two with a blank': ({ token }) => `${token} ${token}`,
      'two with a semicolon': ({ token, stranger }) => `${token};${stranger}`,
      ...each('parts joined by', [',', ':', ';', '/', '-', '_', '|', ' ', '+', '\\.'], ({ parts }, by) =>
        parts.join(by),
      ),
    },
  },
  {
    name: 'a word that programs print',
    attacks: each(
      'such as',
      [
        'undefined',
        'null',
        'NaN',
        'true',
        '0',
        '[object Object]',
        '{}',
        '[]',
        '""',
        '*',
        '%s%n',
        '${token}',
        '__proto__',
        'constructor',
      ],
      (_, text) => text,
    ),
  },
];

function flipped(token: string, at: number): string {
  const next = token[at] === 'A' ? 'B' : 'A';
  return token.slice(0, at) + next + token.slice(at + 1);
}
