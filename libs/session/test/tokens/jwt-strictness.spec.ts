import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { JwtService } from '@nestjs/jwt';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  InvalidTokenError,
  InvalidTokenProcessingError,
  MissingTokenError,
  SessionExpiredError,
  WrongTokenTypeError,
} from '../../src/core/errors.js';
import { resolvePolicy } from '../../src/core/session-policy.js';
import { MAX_TOKEN_LENGTH, type TokenCodec } from '../../src/core/token-codec.js';
import { TokenType } from '../../src/core/token-type.js';
import { checkTimes, checkType, readToken } from '../../src/managers/read-token.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { OpaqueTokenCodec } from '../../src/tokens/opaque-token.codec.js';
import { unicodeCharacter } from '../support/unicode-character.js';
import {
  AUDIENCE,
  goodClaims,
  handMade,
  HEADER,
  hs512,
  ID,
  ISSUER,
  keyBytes,
  NOW,
  part,
  refusal,
  ringOf,
  sessionRecord,
  signerOf,
} from './fixtures.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let codec: JwtTokenCodec;
let good: string;

beforeAll(async () => {
  codec = new JwtTokenCodec(signerOf(await ringOf('k')), { issuer: ISSUER, audience: AUDIENCE });
  good = handMade(HEADER, goodClaims());
});

/** What every test here starts from: the same token without the fault is accepted. */
const accepted = (token: string) => expect(codec.read(token)).toMatchObject({ username: 'alice', id: ID });

/** The refusal of a token whose signature is good. */
function refused(header: Parameters<typeof part>[0], claims: Parameters<typeof part>[0]): string {
  const { message } = refusal(codec, handMade(header, claims));
  expect(message).not.toContain('signed by');
  return message;
}

describe('the algorithm', () => {
  it.each([
    'HS256',
    'HS384',
    'hs512',
    'Hs512',
    'HS512 ',
    ' HS512',
    'HS-512',
    'SHA512',
    'RS512',
    'ES512',
    'PS512',
  ])('J1 a token that calls itself %s is refused, its HS512 signature notwithstanding', (alg) => {
    expect(refused({ alg, typ: 'JWT' }, goodClaims())).toMatch(/alg/);
  });

  it.each([['HS256'], ['HS384']])('J1 a token signed with our key by %s is refused', (alg) => {
    const signed = `${part({ alg, typ: 'JWT' })}.${part(goodClaims())}`;
    const signature = createHmac(`sha${alg.slice(2)}`, keyBytes())
      .update(signed)
      .digest('base64url');
    refusal(codec, `${signed}.${signature}`);
    refusal(
      codec,
      new JwtService({ secret: keyBytes(), signOptions: { algorithm: alg as 'HS256' } }).sign(goodClaims()),
    );
  });

  it('J1 an HMAC of another size under our own header is refused, cut short or not', () => {
    const signed = good.slice(0, good.lastIndexOf('.'));
    for (const digest of ['sha256', 'sha384', 'sha3-512', 'sha512-256']) {
      refusal(codec, `${signed}.${createHmac(digest, keyBytes()).update(signed).digest('base64url')}`);
    }
    const full = createHmac('sha512', keyBytes()).update(signed).digest();
    for (const length of [0, 1, 16, 32, 63]) {
      refusal(codec, `${signed}.${full.subarray(0, length).toString('base64url')}`);
    }
    refusal(codec, `${signed}.${Buffer.concat([full, Buffer.alloc(1)]).toString('base64url')}`);
    refusal(codec, `${signed}.${full.toString('hex')}`);
  });

  it('J1 an RSA signature is refused, whatever the header says', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const alg of ['RS512', 'HS512']) {
      const signed = `${part({ alg, typ: 'JWT' })}.${part(goodClaims())}`;
      refusal(codec, `${signed}.${createSign('sha512').update(signed).sign(privateKey, 'base64url')}`);
    }
  });

  it.each([[undefined], [null], [512], [true], [['HS512']], [{ HS512: 1 }], ['']])(
    'J1 an alg of %p is refused',
    (alg) => {
      expect(refused({ alg, typ: 'JWT' }, goodClaims())).toMatch(/alg/);
    },
  );

  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', 'no\u006ee', '\u0000none', ''])(
    'J2 alg %p is refused, without a signature, with any and with a good one',
    (alg) => {
      const header = part({ alg, typ: 'JWT' });
      const claims = part(goodClaims());
      for (const signature of ['', 'AA', good.split('.')[2], hs512(`${header}.${claims}`)]) {
        refusal(codec, `${header}.${claims}.${signature}`);
      }
      refusal(codec, `${header}.${claims}`);
    },
  );

  it('J2 an empty key signs nothing that is accepted', () => {
    refusal(codec, handMade(HEADER, goodClaims(), new Uint8Array()));
    refusal(codec, handMade(HEADER, goodClaims(), Buffer.alloc(64)));
  });
});

describe('the header', () => {
  it('J3 jku, x5u, jwk and x5c are never used: no socket, and the signature alone decides', () => {
    const theirs = keyBytes('x');
    const pointers: Record<string, unknown>[] = [
      { jku: 'http://127.0.0.1:9/keys' },
      { jku: 'https://evil.example/keys', kid: '1' },
      { x5u: 'https://evil.example/cert' },
      { jwk: { kty: 'oct', k: theirs.toString('base64url'), alg: 'HS512' } },
      { x5c: [theirs.toString('base64')] },
      { kid: '../../dev/null' },
    ];
    const spies = [
      jest.spyOn(net.Socket.prototype, 'connect'),
      jest.spyOn(dns, 'lookup'),
      jest.spyOn(http, 'request'),
      jest.spyOn(https, 'request'),
      jest.spyOn(globalThis, 'fetch'),
    ];
    try {
      for (const pointer of pointers) {
        const header = { alg: 'HS512', typ: 'JWT', ...pointer };
        refusal(codec, handMade(header, goodClaims(), theirs));
        expect(codec.read(handMade(header, goodClaims()))).toEqual(codec.read(good));
      }
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  it.each([[['b64']], [['exp']], [['unknown']], [[]], ['exp'], [null], [false], [0], [{}]])(
    'J4 crit %p is refused: there is no extension that we know',
    (crit) => {
      expect(refused({ alg: 'HS512', typ: 'JWT', crit, b64: false, unknown: 1 }, goodClaims())).toMatch(
        /extension/,
      );
    },
  );

  it.each([['JWE'], ['at+jwt'], [''], [5], [null], [['JWT']], [{}]])('J1 typ %p is refused', (typ) => {
    expect(refused({ alg: 'HS512', typ }, goodClaims())).toMatch(/typ/);
  });

  it.each([
    '[]',
    'null',
    '"HS512"',
    '5',
    'true',
    '',
    ' ',
    '{',
    '{"alg":"HS512"',
    "{'alg':'HS512'}",
    '[{"alg":"HS512"}]',
  ])('J7 a header %p, which is no JSON object, is refused', (header) => {
    refusal(codec, handMade(header, goodClaims()));
  });
});

describe('the spelling', () => {
  it('J5 accepts one spelling of a signature only, of the sixteen that decode to it', () => {
    const last = ALPHABET.indexOf(good.at(-1)!);
    const bytes = Buffer.from(good.split('.')[2]!, 'base64url');
    const spellings = Array.from(
      { length: 16 },
      (_, bits) => good.slice(0, -1) + ALPHABET.charAt((last & 0x30) | bits),
    );
    expect(spellings).toContain(good);
    expect(
      spellings.filter((token) => Buffer.from(token.split('.')[2]!, 'base64url').equals(bytes)),
    ).toHaveLength(16);
    for (const token of spellings) {
      if (token === good) accepted(token);
      else refusal(codec, token);
    }
  });

  it('J5 refuses padding, junk and blanks, at either end and in every part', () => {
    const [header, claims, signature] = good.split('.') as [string, string, string];
    for (const junk of [
      '=',
      '==',
      ' ',
      '\t',
      '\n',
      '\r\n',
      '\0',
      '+',
      '/',
      '~',
      '%3D',
      '\u200b',
      '\ufeff',
      'é',
      '.',
    ]) {
      for (const bad of [
        `${good}${junk}`,
        `${junk}${good}`,
        `${header}${junk}.${claims}.${signature}`,
        `${header}.${junk}${claims}.${signature}`,
        `${header}.${claims}${junk}.${signature}`,
        `${header}.${claims}.${junk}${signature}`,
        `${header}.${claims}.${signature.slice(0, 40)}${junk}${signature.slice(40)}`,
        `${header.slice(0, 4)}${junk}${header.slice(4)}.${claims}.${signature}`,
      ]) {
        refusal(codec, bad);
      }
    }
  });

  it('J5 refuses the signature in the alphabet of plain base64', () => {
    // The first session whose signature has a character in which the two alphabets differ.
    const token = Array.from({ length: 50 }, (_, generation) =>
      handMade(HEADER, goodClaims({ jti: `${ID}.a${generation}` })),
    ).find((text) => /[-_]/.test(text.split('.')[2]!))!;
    accepted(token);
    const [header, claims, signature] = token.split('.') as [string, string, string];
    refusal(codec, `${header}.${claims}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`);
  });

  it.each([
    ['padding', (text: string) => `${text}${'='.repeat((4 - (text.length % 4)) % 4 || 1)}`],
    ['a blank', (text: string) => `${text.slice(0, 5)} ${text.slice(5)}`],
    ['a line feed at the end', (text: string) => `${text}\n`],
    ['a letter beyond ASCII', (text: string) => `${text.slice(0, 5)}é${text.slice(5)}`],
    ['a sign of plain base64', (text: string) => `${text.slice(0, 5)}+${text.slice(5)}`],
    ['a NUL', (text: string) => `${text}\0`],
  ])('J5 refuses %s in the header or the claims, though a holder of the key signed it', (_, spoil) => {
    const sign = (signed: string) => `${signed}.${hs512(signed)}`;
    accepted(sign(`${part(HEADER)}.${part(goodClaims())}`));
    refusal(codec, sign(`${spoil(part(HEADER))}.${part(goodClaims())}`));
    refusal(codec, sign(`${part(HEADER)}.${spoil(part(goodClaims()))}`));
  });

  it('J5 refuses a part whose length no base64url has, though a holder of the key signed it', () => {
    // 4n + 1 characters: the last one stands for less than a byte, and decoders drop it.
    const claims = part(JSON.stringify(goodClaims()).padEnd(300));
    expect(claims.length % 4).toBe(0);
    const sign = (signed: string) => `${signed}.${hs512(signed)}`;
    accepted(sign(`${part(HEADER)}.${claims}`));
    refusal(codec, sign(`${part(HEADER)}.${claims}A`));
  });

  it('J5 refuses a token of which any one character was changed', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...ALPHABET, '.', '=', ' '), (at, character) => {
        fc.pre(character !== good[at]);
        refusal(codec, good.slice(0, at) + character + good.slice(at + 1));
      }),
      { numRuns: 500 },
    );
  });

  it('J6 refuses anything but exactly three non-empty parts', () => {
    const [header, claims, signature] = good.split('.') as [string, string, string];
    for (const bad of [
      '',
      '.',
      '..',
      '...',
      header,
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `${header}..${signature}`,
      `.${claims}.${signature}`,
      `..${signature}`,
      `${header}..`,
      `.${good}`,
      `${good}.`,
      `${good}..`,
      `${good}.${signature}`,
      `${good}.${header}.${claims}`,
      `${header}.${claims}.${signature}.e30.e30`,
      `${header}..${claims}.${signature}`,
    ]) {
      refusal(codec, bad);
    }
    const sign = (signed: string) => `${signed}.${hs512(signed)}`;
    for (const signed of ['.', `${header}.`, `.${claims}`, header, '', `${header}.${claims}.x`]) {
      refusal(codec, sign(signed));
    }
  });

  it('D1 refuses 8 KiB and one character more before any work, and reads 8 KiB', () => {
    const sized = (header: string, length: number) => {
      for (let pad = 0; ; pad++) {
        const token = handMade(header, goodClaims({ pad: 'x'.repeat(length * 0.75 - 500 + pad) }));
        if (token.length === length) return token;
        if (token.length > length + 8) throw new Error('no such length');
      }
    };
    expect(MAX_TOKEN_LENGTH).toBe(8192);
    accepted(sized(HEADER, 8192));
    // The blank makes the lengths of the two parts add up to an odd total.
    expect(refusal(codec, sized(`${HEADER} `, 8193)).message).toBe(
      'The token is longer than 8192 characters',
    );
    // Something that has a length and nothing else: any look into it would be a TypeError.
    expect(() => codec.read({ length: 8193 } as unknown as string)).toThrow(InvalidTokenError);
    expect(() => codec.read({ length: 8192 } as unknown as string)).toThrow(TypeError);
    refusal(codec, '.'.repeat(5_000_000));
  });
});

describe('the JSON', () => {
  const json = JSON.stringify(goodClaims());

  it.each([
    ['a byte that is no UTF-8', Buffer.from([0xff])],
    ['half a character', Buffer.from([0xc3])],
    ['an overlong encoding', Buffer.from([0xc0, 0xaf])],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['a code point beyond Unicode', Buffer.from([0xf4, 0x90, 0x80, 0x80])],
    ['Latin-1', Buffer.from('é', 'latin1')],
  ])('J7 refuses claims and a header with %s', (_, bytes) => {
    const spoiled = (text: string) =>
      Buffer.concat([Buffer.from(text.slice(0, -2)), bytes, Buffer.from(text.slice(-2))]);
    expect(refused(HEADER, spoiled(json))).toMatch(/UTF-8/);
    // The last two characters of the header are its closing quote and brace: the bytes fall into the typ.
    expect(refused(spoiled('{"alg":"HS512","x":"x"}'), goodClaims())).toMatch(/UTF-8/);
  });

  it('J7 refuses UTF-16 and a byte order mark', () => {
    refused(HEADER, Buffer.from(json, 'utf16le'));
    refused(HEADER, `\ufeff${json}`);
    refused(`\ufeff${HEADER}`, goodClaims());
  });

  it.each([
    ['sub', '"sub":"mallory"'],
    ['sub with the same value', '"sub":"alice"'],
    ['sub, its key spelled with an escape', '"s\\u0075b":"mallory"'],
    ['sub, its key spelled with escapes throughout', '"\\u0073\\u0075\\u0062":"mallory"'],
    ['exp', '"exp":99999999999'],
    ['exp, its key escaped', '"\\u0065xp":99999999999'],
    ['type', '"type":"api"'],
    ['aud', '"aud":"other"'],
    ['iss', '"iss":"other"'],
    ['jti', '"jti":"x"'],
    ['iat', '"iat":1'],
    ['a claim that decides nothing', '"x":1,"x":2'],
    ['__proto__', '"__proto__":1,"__proto__":2'],
    ['an empty key', '"":1,"":2'],
    ['a key with a quote in it', '"a\\"b":1,"a\\u0022b":2'],
    ['a slash and an escaped slash', '"a/b":1,"a\\/b":2'],
    ['a key before a nested object', '"y":{"a":{"b":[1,{"c":"}"}]}},"y":1'],
  ])('J7 refuses claims that have %s twice, in front or behind', (_, member) => {
    expect(refused(HEADER, `{${member},${json.slice(1)}`)).toMatch(/twice/);
    expect(refused(HEADER, `${json.slice(0, -1)},${member}}`)).toMatch(/twice/);
    expect(refused(HEADER, `${json.slice(0, -1)} ,\n\t${member.replace('":', '" : ')} }`)).toMatch(/twice/);
  });

  it.each([
    '{"alg":"none","alg":"HS512"}',
    '{"alg":"HS512","alg":"none"}',
    '{"alg":"HS512","typ":"JWT","alg":"HS512"}',
    '{"alg":"HS512","al\\u0067":"HS512"}',
    '{"alg":"HS512","\\u0061\\u006c\\u0067":"none"}',
    '{"alg":"HS512","typ":"JWT","typ":"JWT"}',
    '{"alg":"HS512","crit":["x"],"crit":["y"]}',
    '{"alg":"HS512","x":1,"x":1}',
  ])('J7 refuses the header %s, a member of it twice', (header) => {
    expect(refused(header, goodClaims())).toMatch(/twice/);
  });

  it('J7 is not misled by quotes, colons and brackets inside of texts, nor by nesting', () => {
    const values = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.string({ unit: fc.constantFrom(...'":{}[],\\ab1é') }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string({ unit: fc.constantFrom(...'":{}[],\\ab1') }), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    const extra = fc.dictionary(fc.string({ unit: fc.constantFrom(...'":{}[],\\ab1') }), values, {
      maxKeys: 5,
    });
    fc.assert(
      fc.property(extra, fc.constantFrom(undefined, 1, '\t'), (given, indent) => {
        const claims = JSON.stringify({ ...given, ...goodClaims() }, null, indent);
        expect(codec.read(handMade(HEADER, claims))).toEqual(codec.read(good));
        const [key] = Object.keys(given);
        if (key === undefined) return;
        const again = `${claims.slice(0, -1)},${JSON.stringify(key)}:0}`;
        expect(refused(HEADER, again)).toMatch(/twice/);
      }),
    );
  });

  it('J7 a nested member twice decides nothing and takes nothing away', () => {
    accepted(handMade(HEADER, `${json.slice(0, -1)},"x":{"sub":1,"sub":2}}`));
  });

  it('J7 reads 8 KiB of the worst nesting and quoting without breaking', () => {
    for (const filler of [
      '['.repeat(2800) + ']'.repeat(2800),
      `"${'\\"'.repeat(2800)}"`,
      `[${'{},'.repeat(1800)}0]`,
    ]) {
      accepted(handMade(HEADER, `${json.slice(0, -1)} ,"x":${filler}}`));
    }
    refused(HEADER, '['.repeat(5600));
    refused(HEADER, `{"x":${'"'.repeat(5600)}`);
  });

  it.each([
    '[]',
    'null',
    'true',
    '5',
    '"text"',
    ' ',
    '{',
    `${json},`,
    `${json}{}`,
    '{"sub":"alice",}',
    '{sub:"alice"}',
  ])('J7 refuses claims that are no JSON object: %p', (claims) => {
    refused(HEADER, claims);
  });

  it('P1 members named __proto__, constructor and prototype are data and change nothing', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const hostile =
      '"__proto__":{"polluted":1,"type":"api"},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';
    expect(codec.read(handMade(HEADER, `${json.slice(0, -1)},${hostile}}`))).toEqual(codec.read(good));
    expect(codec.read(handMade(`{"alg":"HS512",${hostile}}`, json))).toEqual(codec.read(good));
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('P1 nothing is taken from a member named __proto__', () => {
    expect(refused(HEADER, `{"__proto__":${json}}`)).toBe('iss is not the issuer expected here');
    expect(refused(`{"__proto__":${HEADER}}`, goodClaims())).toMatch(/alg/);
  });

  it.each(['__proto__', 'constructor', 'toString'])('P1 a dataset named %s is refused', (name) => {
    const claims = goodClaims({ type: 'api', jti: 'x', datasets: `${name}/Permission.READ` });
    expect(refused(HEADER, claims)).toMatch(/datasets/);
    expect(({} as Record<string, unknown>).read).toBeUndefined();
  });

  it('P1 a user may be named __proto__', () => {
    expect(codec.read(handMade(HEADER, goodClaims({ sub: '__proto__' })))).toMatchObject({
      username: '__proto__',
    });
  });
});

/** Claims with one of them missing. */
function without(name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(goodClaims()).filter(([key]) => key !== name));
}

describe('the claims', () => {
  it.each(['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'type'])('J8 J10 J12 %s is required', (name) => {
    refused(HEADER, without(name));
    refused(HEADER, goodClaims({ [name]: null }));
  });

  const NO_TIMES: [unknown][] = [
    ['1767225600'],
    [true],
    [false],
    [null],
    [[]],
    [[1_767_225_600]],
    [{}],
    [-1],
    [''],
  ];

  it.each([...NO_TIMES, [8_640_000_000_001]])('J8 exp %p is refused', (exp) => {
    expect(refused(HEADER, goodClaims({ exp }))).toMatch(/^exp /);
  });

  it('J8 exp may be the last second that a date can tell', () => {
    const exp = 8_640_000_000_000;
    expect(codec.read(handMade(HEADER, goodClaims({ exp }))).times!.expiresAt).toBe(exp * 1000);
  });

  it.each(['1e400', '-1e400', '9e15', '1e308'])(
    'J8 exp %s is not finite or tells no date, and is refused',
    (exp) => {
      const claims = JSON.stringify(goodClaims({ exp: 'EXP' })).replace('"EXP"', exp);
      expect(refused(HEADER, claims)).toMatch(/^exp /);
    },
  );

  it.each(['NaN', 'Infinity'])('J8 exp %s, which some writers write, is refused', (exp) => {
    refused(HEADER, JSON.stringify(goodClaims({ exp: 'EXP' })).replace('"EXP"', exp));
  });

  it.each([...NO_TIMES, [8_640_000_000_001]])('J9 iat %p is refused', (iat) => {
    expect(refused(HEADER, goodClaims({ iat }))).toMatch(/^iat /);
  });

  it.each([...NO_TIMES, [8_640_000_000_001]])('J9 nbf %p is refused', (nbf) => {
    expect(refused(HEADER, goodClaims({ nbf }))).toMatch(/^nbf /);
  });

  it('J9 nbf may be left out, and is read where it is', () => {
    expect(codec.read(good).times).not.toHaveProperty('notBefore');
    const times = codec.read(handMade(HEADER, goodClaims({ nbf: NOW / 1000 + 5 }))).times;
    expect(times).toMatchObject({ notBefore: NOW + 5000 });
  });

  it.each([
    ['other'],
    ['plantdb-api '],
    ['PLANTDB-API'],
    [''],
    [5],
    [[ISSUER]],
    [{ plantdb: 1 }],
    ['plantdb-ap'],
  ])('J10 iss %p is refused', (iss) => {
    expect(refused(HEADER, goodClaims({ iss }))).toMatch(/^iss /);
  });

  it.each([
    ['other'],
    ['plantdb-client '],
    ['PLANTDB-CLIENT'],
    ['plantdb-client,other'],
    ['plantdb'],
    [''],
    [5],
    [true],
    [[]],
    [['other']],
    [['plantdb-clien', 't']],
    [[[AUDIENCE]]],
    [{ 0: AUDIENCE }],
    [{ [AUDIENCE]: true }],
    [ISSUER],
  ])('J10 aud %p is refused', (aud) => {
    expect(refused(HEADER, goodClaims({ aud }))).toMatch(/^aud /);
  });

  it('J10 issuer and audience are those of this codec', async () => {
    const other = new JwtTokenCodec(signerOf(await ringOf('k')), { issuer: 'me', audience: 'you' });
    refusal(other, good);
    refusal(codec, other.issue(sessionRecord()).accessToken);
    expect(other.read(handMade(HEADER, goodClaims({ iss: 'me', aud: 'you' })))).toMatchObject({
      issuer: 'me',
      audience: 'you',
    });
  });

  it.each([
    [''],
    ['x'.repeat(257)],
    ['a\u0000b'],
    ['a\r\nb'],
    ['\u001b[31m'],
    [5],
    [true],
    [['alice']],
    [{ name: 'alice' }],
  ])('D1 sub %p is refused', (sub) => {
    expect(refused(HEADER, goodClaims({ sub }))).toMatch(/^sub /);
  });

  it('D1 a sub with a lone surrogate, which JSON can spell, is refused', () => {
    expect(refused(HEADER, JSON.stringify(goodClaims({ sub: 'S' })).replace('"S"', '"a\\ud800"'))).toMatch(
      /^sub /,
    );
  });

  it.each([
    [''],
    [5],
    [0],
    [true],
    [[`${ID}.a0`]],
    [{}],
    ['x'.repeat(257)],
    ['a\nb'],
    ['a\u0000'],
    ['a\ud800'],
  ])('J12 jti %p is refused, of a session and of an api token', (jti) => {
    expect(refused(HEADER, goodClaims({ jti }))).toMatch(/jti/);
    expect(refused(HEADER, goodClaims({ jti, type: 'api' }))).toMatch(/jti/);
  });

  it.each([
    ID,
    `${ID}.a`,
    `${ID}.a01`,
    `${ID}.b0`,
    `${ID}.a-1`,
    `${ID}.a0.a0`,
    ` ${ID}.a0`,
    'x.a0',
    'some-uuid',
  ])('J12 the jti %p names no token of a session', (jti) => {
    refused(HEADER, goodClaims({ jti }));
    refused(HEADER, goodClaims({ jti, type: 'refresh' }));
  });

  it.each([
    ['Access'],
    ['ACCESS'],
    ['TokenType.ACCESS'],
    ['access '],
    [''],
    [5],
    [true],
    [['access']],
    ['admin'],
  ])('J11 type %p is refused: on the wire it has one spelling', (type) => {
    refused(HEADER, goodClaims({ type }));
  });

  it.each([
    ['access', `${ID}.r0`],
    ['refresh', `${ID}.a0`],
    ['api', `${ID}.a0`],
    ['api', `${ID}.r0`],
    ['access', 'an-api-token'],
    ['refresh', 'an-api-token'],
  ])('J11 the type %s with the jti %s is refused', (type, jti) => {
    refused(HEADER, goodClaims({ type, jti }));
  });

  it.each([
    [5],
    [true],
    [null],
    [{}],
    [['a/Permission.READ']],
    [{ a: ['read'] }],
    ['a'],
    ['a/FLY'],
    ['a/READ;a/READ'],
  ])('datasets %p is refused, never taken for unrestricted', (datasets) => {
    expect(refused(HEADER, goodClaims({ type: 'api', jti: 'x', datasets }))).toMatch(/^datasets /);
  });
});

describe('readToken', () => {
  it.each([[undefined], [null]])('H1 %p is no token at all', (token) => {
    expect(() => readToken(codec, token)).toThrow(MissingTokenError);
  });

  it.each([[5], [true], [false], [0], [{}], [[]], [{ length: 9000 }], [Buffer.from('a.b.c')], [Symbol('s')]])(
    'J6 %p is no token',
    (token) => {
      expect(() => readToken(codec, token)).toThrow(InvalidTokenError);
    },
  );

  it('H2 an empty text is a malformed token, not a missing one', () => {
    expect(() => readToken(codec, '')).toThrow(InvalidTokenError);
  });

  it('J6 an array that holds a good token is no token', () => {
    expect(() => readToken(codec, [good])).toThrow(InvalidTokenError);
    expect(() => readToken(codec, new String(good))).toThrow(InvalidTokenError);
  });

  it('answers what a good token says, and hands on why another is refused', () => {
    expect(readToken(codec, good)).toEqual(codec.read(good));
    expect(() => readToken(codec, `${good}x`)).toThrow('The token is not signed by a key of ours');
  });

  it('L1 wraps what breaks unexpectedly, with its cause and without the token', () => {
    const cause = new RangeError('unexpected');
    const broken = {
      read() {
        throw cause;
      },
    } as unknown as TokenCodec;
    let error: unknown;
    try {
      readToken(broken, good);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidTokenProcessingError);
    expect((error as Error).cause).toBe(cause);
    expect((error as Error).message).not.toContain(good.slice(0, 12));
  });

  it('T4 any text is read or refused for a fault of the sender, by either codec', async () => {
    const opaque = new OpaqueTokenCodec(await ringOf('k'));
    const texts = fc.oneof(
      fc.string({ unit: unicodeCharacter, minLength: 1, maxLength: 60 }),
      fc.tuple(fc.string(), fc.string(), fc.string()).map((parts) => parts.join('.')),
      fc.tuple(fc.string(), fc.string()).map(([header, claims]) => handMade(header, claims)),
      fc.tuple(fc.json(), fc.json()).map(([header, claims]) => handMade(header, claims)),
      fc.json().map((claims) => handMade(HEADER, claims)),
      fc
        .record(
          {
            iss: fc.constant(ISSUER),
            aud: fc.constantFrom<unknown>(AUDIENCE, [AUDIENCE]),
            sub: fc.oneof(fc.string(), fc.jsonValue()),
            exp: fc.oneof(fc.double(), fc.jsonValue()),
            iat: fc.oneof(fc.integer(), fc.jsonValue()),
            jti: fc.oneof(fc.constant(`${ID}.a0`), fc.string(), fc.jsonValue()),
            type: fc.oneof(fc.constantFrom('access', 'api', 'refresh'), fc.jsonValue()),
            datasets: fc.oneof(fc.string(), fc.jsonValue()),
          },
          { requiredKeys: ['iss', 'aud'] },
        )
        .map((claims) => handMade(HEADER, claims)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const reader of [codec, opaque]) {
          try {
            readToken(reader, text);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidTokenError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('checkType', () => {
  const types = Object.values(TokenType);
  const pairs = types.flatMap((accept) =>
    types.filter((type) => type !== accept).map((type) => [type, accept] as const),
  );
  const tokenOf = (type: TokenType) =>
    handMade(HEADER, goodClaims({ type, jti: type === 'api' ? 'x' : `${ID}.${type[0]}0` }));

  it.each(pairs)('J11 a token of type %s is refused where %s is wanted', (type, accept) => {
    const claims = codec.read(tokenOf(type));
    expect(() => checkType(claims, [accept])).toThrow(WrongTokenTypeError);
    expect(() => checkType(claims, [])).toThrow(WrongTokenTypeError);
  });

  it.each(types)('J11 a token of type %s is taken where it is wanted', (type) => {
    const claims = codec.read(tokenOf(type));
    expect(() => checkType(claims, [type])).not.toThrow();
    expect(() => checkType(claims, types)).not.toThrow();
  });
});

describe('checkTimes', () => {
  const policy = resolvePolicy('jwt', { leeway: 2 });
  const at = (now: number, claims: Record<string, unknown>) => () =>
    checkTimes(codec.read(handMade(HEADER, goodClaims(claims))), now, policy);
  const second = NOW / 1000;

  it('J8 refuses an access or a refresh token on its expiry and the leeway, or after, not before', () => {
    for (const claims of [
      { iat: second - 60, exp: second },
      { iat: second - 60, exp: second, type: 'refresh', jti: `${ID}.r0` },
    ]) {
      expect(at(NOW + 1999, claims)).not.toThrow();
      expect(at(NOW + 2000, claims)).toThrow(SessionExpiredError);
      expect(at(NOW + 1e9, claims)).toThrow(SessionExpiredError);
    }
  });

  it('J8 refuses an api token on its very expiry, without leeway', () => {
    const claims = { iat: second - 60, exp: second, type: 'api', jti: 'x' };
    expect(at(NOW - 1, claims)).not.toThrow();
    expect(at(NOW, claims)).toThrow(SessionExpiredError);
  });

  it('J9 refuses an iat or nbf beyond the leeway in the future', () => {
    for (const claims of [
      { iat: second, exp: second + 60 },
      { iat: second - 9, nbf: second, exp: second + 60 },
      { iat: second, exp: second + 60, type: 'api', jti: 'x' },
    ]) {
      expect(at(NOW - 2000, claims)).not.toThrow();
      expect(at(NOW - 2001, claims)).toThrow(InvalidTokenError);
    }
  });

  it('names the session for the log, and no api token', () => {
    const expired = (claims: Record<string, unknown>) => {
      try {
        at(NOW + 1e9, claims)();
      } catch (error) {
        return (error as SessionExpiredError).sessionId;
      }
      throw new Error('was not refused');
    };
    expect(expired({})).toBe(ID);
    expect(expired({ type: 'api', jti: 'x' })).toBeUndefined();
  });

  it('does not judge an opaque token, which carries no times', async () => {
    const opaque = new OpaqueTokenCodec(await ringOf('k'));
    const claims = opaque.read(opaque.issue(sessionRecord()).accessToken);
    expect(() => checkTimes(claims, 8.64e15, policy)).not.toThrow();
  });
});
