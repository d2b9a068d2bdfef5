import { createHmac, generateKeyPairSync, Hmac, sign } from 'node:crypto';
import { Socket } from 'node:net';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { InvalidTokenError, MissingTokenError, SessionExpiredError } from '../../src/core/errors.js';
import { resolvePolicy } from '../../src/core/session-policy.js';
import { MAX_TOKEN_LENGTH } from '../../src/core/token-codec.js';
import { checkTimes, readToken } from '../../src/managers/read-token.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
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
} from './fixtures.js';
import { refusal, ringOf } from './fixtures.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let codec: JwtTokenCodec;
/** A token that is in order; what each test does to it is the one thing that is not. */
const token = handMade(HEADER, goodClaims());
const [header, claims, signature] = token.split('.') as [string, string, string];

beforeAll(async () => {
  codec = new JwtTokenCodec(await ringOf('k'), { issuer: ISSUER, audience: AUDIENCE });
});

/** Signs two parts as they are spelled. */
function spelled(headerPart: string, claimsPart: string): string {
  return `${headerPart}.${claimsPart}.${hs512(`${headerPart}.${claimsPart}`)}`;
}

/** A token of which one claim is other than it should be; `undefined` leaves it out. */
function withClaims(changes: Record<string, unknown>): string {
  return handMade(HEADER, goodClaims(changes));
}

/** The good claims, with some JSON put in front of the others or behind them. */
function claimsText({ before = '', after = '' }: { before?: string; after?: string }): string {
  return `{${before}${JSON.stringify(goodClaims()).slice(1, -1)}${after}}`;
}

it('the token that the tests below spoil is accepted as it is', () => {
  expect(codec.read(token)).toMatchObject({ id: ID, username: 'alice' });
  expect(codec.read(spelled(header, claims))).toEqual(codec.read(token));
  expect(codec.read(handMade(HEADER, claimsText({ after: ',"x":1' })))).toEqual(codec.read(token));
});

describe('the algorithm', () => {
  it.each(['sha256', 'sha384'])(
    'J1 refuses the same key under HMAC of %s, whatever the header says',
    (hash) => {
      const name = `HS${hash.slice(3)}`;
      for (const alg of [name, 'HS512']) {
        const signed = `${part({ alg, typ: 'JWT' })}.${claims}`;
        refusal(codec, `${signed}.${createHmac(hash, keyBytes()).update(signed).digest('base64url')}`);
      }
    },
  );

  it.each([
    'HS256',
    'HS384',
    'RS256',
    'RS512',
    'ES512',
    'PS512',
    'EdDSA',
    'hs512',
    'Hs512',
    ' HS512',
    'HS512 ',
    'HS512\u0000',
    '',
    'HS5l2',
    'dir',
    'none',
    null,
    512,
    true,
    ['HS512'],
    { alg: 'HS512' },
  ])('J1 refuses alg %p over an HS512 signature of our key', (alg) => {
    refusal(codec, handMade({ alg, typ: 'JWT' }, goodClaims()));
  });

  it('J1 refuses a header without alg', () => {
    refusal(codec, handMade({ typ: 'JWT' }, goodClaims()));
    refusal(codec, handMade('{}', goodClaims()));
  });

  it('J1 takes alg from nowhere but the header itself', () => {
    refusal(codec, handMade('{"__proto__":{"alg":"HS512","typ":"JWT"}}', goodClaims()));
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ' none', 'none ', 'nоne', '', null])(
    'J2 refuses alg %p, with no signature, an empty one and ours',
    (alg) => {
      const head = part({ alg, typ: 'JWT' });
      for (const bad of [
        `${head}.${claims}`,
        `${head}.${claims}.`,
        `${head}.${claims}.${signature}`,
        `${head}.${claims}.AAAA`,
        handMade({ alg, typ: 'JWT' }, goodClaims()),
      ]) {
        refusal(codec, bad);
      }
    },
  );

  it('J1 refuses signatures under an empty key, another key, and the public key in the header', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const head = part({ alg: 'EdDSA', typ: 'JWT', jwk: publicKey.export({ format: 'jwk' }) });
    const own = sign(null, Buffer.from(`${head}.${claims}`), privateKey).toString('base64url');
    refusal(codec, `${head}.${claims}.${own}`);
    refusal(codec, handMade(HEADER, goodClaims(), Buffer.from(pem)));
    refusal(codec, handMade(HEADER, goodClaims(), Buffer.alloc(0)));
    refusal(codec, handMade(HEADER, goodClaims(), keyBytes('x')));
    refusal(codec, handMade(HEADER, goodClaims(), keyBytes().subarray(0, 63)));
  });

  it.each(['JOSE', 'at+jwt', 'application/jwt', '', null, 5, ['JWT']])('J1 refuses typ %p', (typ) => {
    refusal(codec, handMade({ alg: 'HS512', typ }, goodClaims()));
  });
});

describe('keys that a header brings along', () => {
  const attacker = keyBytes('x');
  const url = 'http://127.0.0.1:9/keys.json';
  const members: [string, unknown][] = [
    ['jku', url],
    ['x5u', url],
    ['jwk', { kty: 'oct', k: attacker.toString('base64url'), alg: 'HS512' }],
    ['x5c', [attacker.toString('base64')]],
    ['kid', '../../../../dev/null'],
  ];

  it.each(members)('J3 never uses %s, and opens no socket', (name, value) => {
    const connect = jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
      return this;
    });
    const fetched = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network in this test'));
    try {
      const head = { alg: 'HS512', typ: 'JWT', [name]: value };
      refusal(codec, handMade(head, goodClaims(), attacker));
      // Our own key decides alone, so the member changes nothing.
      expect(codec.read(handMade(head, goodClaims()))).toEqual(codec.read(token));
      expect(connect).not.toHaveBeenCalled();
      expect(fetched).not.toHaveBeenCalled();
      new Socket().connect(9, '127.0.0.1');
      expect(connect).toHaveBeenCalledTimes(1);
    } finally {
      connect.mockRestore();
      fetched.mockRestore();
    }
  });
});

describe('crit', () => {
  it.each([
    [['exp']],
    [['b64']],
    [['http://example.org/ext']],
    [[]],
    ['exp'],
    [null],
    [false],
    [0],
    [{}],
    [''],
  ])('J4 refuses crit %p, since we know no extension', (crit) => {
    refusal(codec, handMade({ alg: 'HS512', typ: 'JWT', crit }, goodClaims()));
  });

  it('J4 refuses a crit whose member is there too, and one spelled with an escape', () => {
    refusal(codec, handMade({ alg: 'HS512', crit: ['b64'], b64: true }, goodClaims()));
    refusal(codec, handMade('{"alg":"HS512","cr\\u0069t":["exp"]}', goodClaims()));
  });
});

describe('base64url', () => {
  it('J5 accepts one spelling of a signature only, of the 16 that decode to the same bytes', () => {
    const bytes = Buffer.from(signature, 'base64url');
    const spellings = [...ALPHABET]
      .map((last) => signature.slice(0, -1) + last)
      .filter((text) => Buffer.from(text, 'base64url').equals(bytes));
    expect(spellings).toHaveLength(16);
    const accepted = spellings.filter((text) => {
      try {
        codec.read(`${header}.${claims}.${text}`);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidTokenError);
        return false;
      }
    });
    expect(accepted).toEqual([signature]);
  });

  it.each([
    ['padding', `${signature}==`],
    ['one sign of padding', `${signature}=`],
    ['a trailing line feed', `${signature}\n`],
    ['a leading blank', ` ${signature}`],
    ['a trailing blank', `${signature} `],
    ['a blank inside', `${signature.slice(0, 9)} ${signature.slice(9)}`],
    ['a NUL', `${signature}\u0000`],
    ['a letter more', `${signature}A`],
    ['a letter less', signature.slice(0, -1)],
    ['junk that decoders skip', `${signature.slice(0, 9)}!${signature.slice(9)}`],
    ['a letter beyond ASCII', `${signature}é`],
    ['the signature twice', signature + signature],
    ['hex', Buffer.from(signature, 'base64url').toString('hex')],
    ['a blank text', ' '],
  ])('J5 refuses a signature with %s', (_, bad) => {
    refusal(codec, `${header}.${claims}.${bad}`);
  });

  it('J5 refuses the alphabet of plain base64 in the signature', () => {
    // Some token has a "-" or "_" in its signature for certain among these.
    let tried = 0;
    for (let count = 0; count < 20; count++) {
      const one = withClaims({ n: count });
      const end = one.lastIndexOf('.') + 1;
      const plain = one.slice(end).replaceAll('-', '+').replaceAll('_', '/');
      if (plain === one.slice(end)) continue;
      tried += 1;
      refusal(codec, one.slice(0, end) + plain);
    }
    expect(tried).toBeGreaterThan(0);
  });

  it.each([
    ['padding', '='],
    ['a line feed', '\n'],
    ['a blank', ' '],
    ['a plus', '+'],
    ['a slash', '/'],
    ['junk', '!'],
    ['a NUL', '\u0000'],
    ['a letter beyond ASCII', 'é'],
    ['a full-width letter', 'Ａ'],
  ])('J5 refuses %s in the header and in the claims, though the signature is good', (_, junk) => {
    refusal(codec, spelled(header + junk, claims));
    refusal(codec, spelled(junk + header, claims));
    refusal(codec, spelled(header, claims + junk));
    refusal(codec, spelled(header, claims.slice(0, 8) + junk + claims.slice(8)));
  });

  it('J5 refuses a header or claims with a letter too many, which no encoder produces', () => {
    // One letter beyond a multiple of four holds six bits: not a byte, and decoders drop it.
    const whole = (text: string) => part(text.padEnd(Math.ceil(text.length / 3) * 3));
    const fullHeader = whole(HEADER);
    const fullClaims = whole(JSON.stringify(goodClaims()));
    expect([fullHeader.length % 4, fullClaims.length % 4]).toEqual([0, 0]);
    expect(codec.read(spelled(fullHeader, fullClaims))).toEqual(codec.read(token));
    refusal(codec, spelled(`${fullHeader}A`, fullClaims));
    refusal(codec, spelled(fullHeader, `${fullClaims}A`));
  });

  it('J5 refuses what surrounds a good token', () => {
    for (const bad of [
      ` ${token}`,
      `${token} `,
      `${token}\n`,
      `\ufeff${token}`,
      `Bearer ${token}`,
      `"${token}"`,
    ]) {
      refusal(codec, bad);
    }
  });
});

describe('the three parts', () => {
  const good = `${header}.${claims}`;
  it.each([
    '.',
    '..',
    '...',
    'a',
    'a.b',
    'a.b.',
    '.a.b',
    'a..b',
    'a.b.c',
    'a.b.c.d',
    'a.b.c.d.e',
    good,
    `${good}.`,
    `${good}..${signature}`,
    `.${good}.${signature}`,
    `${token}.`,
    `${token}.${signature}`,
    `.${claims}.${hs512(`.${claims}`)}`,
    `${header}..${hs512(`${header}.`)}`,
    `..${hs512('.')}`,
    `${header}.${hs512(header)}`,
    `${header}.${claims}.x.${hs512(`${header}.${claims}.x`)}`,
  ])('J6 refuses %p', (bad) => {
    refusal(codec, bad);
  });

  it('J6 refuses an empty text as a token, and tells no token at all apart from it', () => {
    refusal(codec, '');
    expect(() => readToken(codec, '')).toThrow(InvalidTokenError);
    for (const nothing of [undefined, null]) {
      expect(() => readToken(codec, nothing)).toThrow(MissingTokenError);
    }
    for (const other of [5, {}, [token], Buffer.from(token), new String(token)]) {
      expect(() => readToken(codec, other)).toThrow(InvalidTokenError);
    }
  });
});

describe('JSON', () => {
  const bytes = (...codes: number[]) => Buffer.from(codes);
  const badUtf8: [string, Buffer][] = [
    ['a stray byte', bytes(0xff)],
    ['a lone continuation', bytes(0x80)],
    ['a cut sequence', bytes(0xc3)],
    ['an overlong slash', bytes(0xc0, 0xaf)],
    ['a surrogate in UTF-8', bytes(0xed, 0xa0, 0x80)],
    ['a code point beyond Unicode', bytes(0xf4, 0x90, 0x80, 0x80)],
  ];

  it.each(badUtf8)('J7 refuses %s in the header and in the claims', (_, bad) => {
    const put = (text: string) =>
      Buffer.concat([Buffer.from(`${text.slice(0, -1)},"x":"`), bad, Buffer.from('"}')]);
    refusal(codec, handMade(put(HEADER), goodClaims()));
    refusal(codec, handMade(HEADER, put(JSON.stringify(goodClaims()))));
  });

  it('J7 refuses UTF-16 and a byte order mark', () => {
    refusal(codec, handMade(HEADER, Buffer.from(JSON.stringify(goodClaims()), 'utf16le')));
    refusal(codec, handMade(`\ufeff${HEADER}`, goodClaims()));
    refusal(codec, handMade(HEADER, `\ufeff${JSON.stringify(goodClaims())}`));
  });

  it.each([
    ['alg', '"alg":"none",'],
    ['alg, spelled with an escape', '"\\u0061lg":"none",'],
    ['alg, the same value', '"alg":"HS512",'],
    ['typ', '"typ":"JWT",'],
    ['an unknown member', '"x":1,"x":1,'],
    ['__proto__', '"__proto__":1,"__proto__":2,'],
  ])('J7 refuses a header with %s twice, before or after', (_, member) => {
    const inner = HEADER.slice(1, -1);
    refusal(codec, handMade(`{${member}${inner}}`, goodClaims()));
    refusal(codec, handMade(`{${inner},${member.slice(0, -1)}}`, goodClaims()));
  });

  it.each([
    ['sub', '"sub":"mallory"'],
    ['sub, spelled with an escape', '"s\\u0075b":"mallory"'],
    ['sub, all of it escaped', '"\\u0073\\u0075\\u0062":"mallory"'],
    ['sub, the same value', '"sub":"alice"'],
    ['exp', '"exp":99999999999'],
    ['jti', `"jti":"${ID}.a1"`],
    ['type', '"type":"api"'],
    ['type, spelled with an escape', '"typ\\u0065":"api"'],
    ['aud', `"aud":["x"]`],
    ['an unknown member', '"x":1,"x":{"y":2}'],
    ['an unknown member with an escaped quote', '"a\\"b":1,"a\\"b":2'],
    ['an unknown member with a brace', '"{":1,"{":2'],
    ['the empty member', '"":1,"":2'],
    ['__proto__', '"__proto__":{},"__proto__":{}'],
    ['sub, hidden behind nested members', '"x":{"sub":"a","y":[{"z":":"}]},"sub":"mallory"'],
    ['sub, hidden behind a text that looks like JSON', '"x":"{\\"sub\\":\\\\","sub":"mallory"'],
  ])('J7 refuses claims with %s twice, before or after', (_, member) => {
    refusal(codec, handMade(HEADER, claimsText({ before: `${member},` })));
    refusal(codec, handMade(HEADER, claimsText({ after: `,${member}` })));
  });

  it('J7 does not take for twice what is nested, or only looks like it', () => {
    const harmless =
      ',"x":{"sub":"mallory","exp":[1,{"sub":":"}]},"y":"\\"sub\\":{[","z":"\\\\","u":"\u2028"';
    expect(codec.read(handMade(HEADER, claimsText({ after: harmless })))).toEqual(codec.read(token));
    expect(codec.read(handMade(HEADER, ` ${claimsText({ after: ' , "x" : 1e0 ' })}\n`))).toEqual(
      codec.read(token),
    );
  });

  it.each([
    '',
    '{',
    '{}x',
    'null',
    '[]',
    '"text"',
    '5',
    'true',
    '{"a":}',
    "{'a':1}",
    '{"a":1,}',
    '//\n{}',
    'NaN',
  ])('J7 refuses %p as header and as claims', (text) => {
    refusal(codec, spelled(part(text), claims));
    refusal(codec, spelled(header, part(text)));
  });

  it('D1 survives nesting as deep as 8 KiB allow', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const depth = Math.floor(5700 / (open.length + close.length + (close === '}' ? 1 : 0)));
      const deep = open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth);
      expect(codec.read(handMade(HEADER, claimsText({ after: `,"x":${deep}` })))).toEqual(codec.read(token));
      refusal(codec, handMade(HEADER, claimsText({ after: `,"x":${deep},"x":1` })));
    }
  });

  it('P1 claims and headers that name __proto__ or constructor change no object', () => {
    const evil = '"__proto__":{"polluted":1,"type":"api"},"constructor":{"prototype":{"polluted":1}}';
    expect(codec.read(handMade(`{"alg":"HS512",${evil}}`, claimsText({ after: `,${evil}` })))).toEqual(
      codec.read(token),
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('P1 a claim that only __proto__ has is not there', () => {
    for (const name of Object.keys(goodClaims())) {
      const inherited = JSON.stringify({ [name]: goodClaims()[name] });
      const rest = JSON.stringify(goodClaims({ [name]: undefined })).slice(1);
      refusal(codec, handMade(HEADER, `{"__proto__":${inherited},${rest}`));
    }
  });
});

describe('times', () => {
  const NOT_SECONDS: unknown[] = [
    '1767225600',
    null,
    true,
    false,
    {},
    [],
    [NOW / 1000],
    '',
    -1,
    -0.5,
    8_640_000_000_001,
  ];

  it.each(NOT_SECONDS)('J8 refuses exp %p', (exp) => {
    refusal(codec, withClaims({ exp }));
  });

  it.each(NOT_SECONDS)('J9 refuses iat and nbf %p', (value) => {
    refusal(codec, withClaims({ iat: value }));
    refusal(codec, withClaims({ nbf: value }));
  });

  it.each(['exp', 'iat'])('J8 requires %s', (name) => {
    refusal(codec, withClaims({ [name]: undefined }));
  });

  it.each(['1e400', '-1e400', '1e999999', '9007199254740993'])('J8 refuses the number %s', (number) => {
    for (const name of ['exp', 'iat', 'nbf']) {
      const text = JSON.stringify(goodClaims({ [name]: undefined })).slice(0, -1);
      refusal(codec, handMade(HEADER, `${text},"${name}":${number}}`));
    }
  });

  it('J9 needs no nbf, reads one, and reads fractions of a second', () => {
    expect(codec.read(token).times).not.toHaveProperty('notBefore');
    const read = codec.read(withClaims({ nbf: NOW / 1000 + 0.5, iat: NOW / 1000 - 0.25 }));
    expect(read.times).toMatchObject({ notBefore: NOW + 500, issuedAt: NOW - 250 });
  });

  const jwt = resolvePolicy('jwt', {});
  const judge = (changes: Record<string, unknown>, now: number) => () =>
    checkTimes(codec.read(withClaims(changes)), now, jwt);

  it('J8 a token is over on its exp and after it, 2 s of leeway later, and an api token on the very moment', () => {
    const end = NOW + 900_000;
    expect(judge({}, end + 1999)).not.toThrow();
    expect(judge({}, end + 2000)).toThrow(SessionExpiredError);
    const api = { type: 'api', jti: 'api-1' };
    expect(judge(api, end - 1)).not.toThrow();
    expect(judge(api, end)).toThrow(SessionExpiredError);
  });

  it('J9 a token from beyond the leeway in the future is refused, by its iat and by its nbf', () => {
    expect(judge({ iat: NOW / 1000 + 2 }, NOW)).not.toThrow();
    expect(judge({ iat: NOW / 1000 + 3 }, NOW)).toThrow(InvalidTokenError);
    expect(judge({ nbf: NOW / 1000 + 2 }, NOW)).not.toThrow();
    expect(judge({ nbf: NOW / 1000 + 3 }, NOW)).toThrow(InvalidTokenError);
    expect(judge({ type: 'api', jti: 'api-1', nbf: NOW / 1000 + 3 }, NOW)).toThrow(InvalidTokenError);
  });
});

describe('who a token is from, for and about', () => {
  const NOT_TEXT: unknown[] = [undefined, null, '', 5, true, {}, []];

  it.each([...NOT_TEXT, 'plantdb', 'plantdb-api ', 'PLANTDB-API', [ISSUER]])('J10 refuses iss %p', (iss) => {
    refusal(codec, withClaims({ iss }));
  });

  it.each([
    ...NOT_TEXT,
    'plantdb',
    'Plantdb-client',
    ['other'],
    [[AUDIENCE]],
    { 0: AUDIENCE },
    `${AUDIENCE},x`,
  ])('J10 refuses aud %p', (aud) => {
    refusal(codec, withClaims({ aud }));
  });

  it('J10 accepts an aud that names us among others', () => {
    for (const aud of [[AUDIENCE], ['other', AUDIENCE]]) {
      expect(codec.read(withClaims({ aud }))).toEqual(codec.read(token));
    }
  });

  it.each([...NOT_TEXT, 'x'.repeat(257), 'a\nb', 'a\u0000', '\ud800', ['alice']])(
    'D1 refuses sub %p',
    (sub) => {
      refusal(codec, withClaims({ sub }));
    },
  );

  it.each([...NOT_TEXT, 'x'.repeat(257), 'a\nb', '\ud800', [`${ID}.a0`]])('J12 refuses jti %p', (jti) => {
    refusal(codec, withClaims({ jti }));
    refusal(codec, withClaims({ jti, type: 'api' }));
  });

  it.each([ID, `${ID}.a`, `${ID}.a01`, `${ID}.a-1`, `${ID}.A0`, `${ID}.a0 `, 'api-1', `${ID.slice(1)}.a0`])(
    'J12 refuses the jti %p for a token of a session',
    (jti) => {
      refusal(codec, withClaims({ jti }));
      refusal(codec, withClaims({ jti, type: 'refresh' }));
    },
  );

  it('J11 refuses a type that the jti does not name, in all six wrong pairs', () => {
    const jtis = { access: `${ID}.a0`, refresh: `${ID}.r0`, api: 'api-1' };
    let refused = 0;
    for (const [type, jti] of Object.entries(jtis)) {
      for (const [other, otherJti] of Object.entries(jtis)) {
        if (type === other) expect(codec.read(withClaims({ type, jti })).type).toBe(type);
        else refused += refusal(codec, withClaims({ type, jti: otherJti })) && 1;
      }
      expect(jti).toBe(jtis[type as keyof typeof jtis]);
    }
    expect(refused).toBe(6);
  });

  it.each([
    ...NOT_TEXT,
    'Access',
    'ACCESS',
    ' access',
    'TokenType.ACCESS',
    'session',
    ['access'],
    '__proto__',
  ])('J11 refuses type %p', (type) => {
    refusal(codec, withClaims({ type }));
    refusal(codec, withClaims({ type, jti: 'api-1' }));
  });

  it.each([
    null,
    5,
    true,
    {},
    [],
    ['a/Permission.READ'],
    'a',
    'a/FLY',
    'a/;a/',
    '__proto__/Permission.READ',
    ';',
  ])('P1 refuses datasets %p, and never takes them for unrestricted', (datasets) => {
    refusal(codec, withClaims({ type: 'api', jti: 'api-1', datasets }));
  });
});

describe('length', () => {
  it('D1 refuses a token of 8 KiB and one character before anything looks into it', () => {
    expect(MAX_TOKEN_LENGTH).toBe(8192);
    const probe = new Proxy({} as Record<PropertyKey, unknown>, {
      get(_, name) {
        if (name === 'length') return 8193;
        throw new Error(`looked at ${String(name)}`);
      },
    }) as unknown as string;
    expect(() => codec.read(probe)).toThrow('longer than 8192 characters');
  });

  it('D1 spends no HMAC and no decoding on it', () => {
    const hashed = jest.spyOn(Hmac.prototype, 'update');
    const decoded = jest.spyOn(Buffer, 'from');
    try {
      const long = `${header}.${claims}.${'A'.repeat(8192 - header.length - claims.length - 1)}`;
      expect(long).toHaveLength(8193);
      refusal(codec, long);
      refusal(codec, 'A.'.repeat(4_000_000));
      expect(hashed).not.toHaveBeenCalled();
      expect(decoded).not.toHaveBeenCalled();
      codec.read(token);
      expect(hashed).toHaveBeenCalledTimes(1);
      expect(decoded).toHaveBeenCalled();
    } finally {
      hashed.mockRestore();
      decoded.mockRestore();
    }
  });

  it('D1 accepts a token of exactly 8 KiB', () => {
    // 8192 = 36 + 1 + 8068 + 1 + 86; 8068 letters are 6051 bytes.
    const room = 6051 - Buffer.byteLength(claimsText({ after: ',"x":""' }));
    const full = handMade(HEADER, claimsText({ after: `,"x":"${'x'.repeat(room)}"` }));
    expect(full).toHaveLength(8192);
    expect(codec.read(full)).toEqual(codec.read(token));
    refusal(codec, handMade(HEADER, claimsText({ after: `,"x":"${'x'.repeat(room + 1)}"` })));
  });

  it('D1 spends no decoding on a token whose signature is wrong', () => {
    const parsed = jest.spyOn(JSON, 'parse');
    try {
      refusal(codec, handMade(HEADER, goodClaims(), keyBytes('x')));
      expect(parsed).not.toHaveBeenCalled();
    } finally {
      parsed.mockRestore();
    }
  });
});
