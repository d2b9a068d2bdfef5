import { handMade, HEADER } from '../tokens/fixtures.js';
import { claimsOf, each, type Attacks, type Family, type Live } from './attack.js';

const DAY = 86_400;
const NO_TIMES = [
  null,
  '0',
  '1e12',
  true,
  [],
  {},
  -1,
  -1e-9,
  1e18,
  8_640_000_000_001,
  '2030-01-01T00:00:00Z',
];
const NO_NAMES = [null, 0, 5, true, [], {}, '', 'a\u0000b', 'a\nb', '\u001b[31m', 'x'.repeat(257)];

/** Claims that the server never writes, under its own signature: whoever holds the key is not followed in these. */
export const IMPOSSIBLE_CLAIMS: readonly Family[] = [
  {
    name: 'impossible times, well signed',
    attacks: {
      ...badClaims('exp', [...NO_TIMES, 0, 1]),
      ...badClaims('iat', NO_TIMES),
      ...badClaims('nbf', NO_TIMES),
      'exp missing': (live) => saying(live, { exp: undefined }),
      'iat missing': (live) => saying(live, { iat: undefined }),
      'exp in an array': (live) => saying(live, { exp: [live.claims.exp] }),
      'exp in milliseconds': (live) => saying(live, { exp: live.claims.exp * 1e6 }),
      'exp beyond all numbers': (live) => spelling(live, 'exp', '1e400'),
      'exp NaN': (live) => spelling(live, 'exp', 'NaN'),
      'exp Infinity': (live) => spelling(live, 'exp', 'Infinity'),
      'exp in hexadecimal': (live) => spelling(live, 'exp', '0x7fffffff'),
      'exp before iat': (live) => saying(live, { exp: live.claims.iat - DAY }),
      'iat of tomorrow': (live) => saying(live, { iat: live.claims.iat + DAY, exp: live.claims.exp + DAY }),
      'nbf of tomorrow': (live) => saying(live, { nbf: live.claims.iat + DAY }),
      'nbf at the end of time': (live) => saying(live, { nbf: 8_640_000_000_000 }),
    },
  },
  {
    name: 'impossible parties, well signed',
    attacks: {
      ...badClaims('aud', [null, 5, true, '', [], ['other'], 'other', {}, ['']]),
      ...badClaims('iss', [null, 5, true, '', [], 'other', {}]),
      'aud missing': (live) => saying(live, { aud: undefined }),
      'iss missing': (live) => saying(live, { iss: undefined }),
      'aud in an array of arrays': (live) => saying(live, { aud: [[live.claims.aud]] }),
      'aud as a member': (live) => saying(live, { aud: { 0: live.claims.aud, length: 1 } }),
      'aud of upper case': (live) => saying(live, { aud: String(live.claims.aud).toUpperCase() }),
      'aud with a blank': (live) => saying(live, { aud: `${String(live.claims.aud)} ` }),
      'aud and another in one text': (live) => saying(live, { aud: `${String(live.claims.aud)},other` }),
      'aud is iss': (live) => saying(live, { aud: live.claims.iss }),
      'iss in an array': (live) => saying(live, { iss: [live.claims.iss] }),
      'iss of upper case': (live) => saying(live, { iss: String(live.claims.iss).toUpperCase() }),
      'iss and aud changed about': (live) => saying(live, { iss: live.claims.aud, aud: live.claims.iss }),
    },
  },
  {
    name: 'impossible names, well signed',
    attacks: {
      ...badClaims('sub', NO_NAMES),
      ...badClaims('jti', NO_NAMES),
      'sub missing': (live) => saying(live, { sub: undefined }),
      'jti missing': (live) => saying(live, { jti: undefined }),
      'sub in an array': (live) => saying(live, { sub: [live.claims.sub] }),
      'sub of half a character': (live) => spelling(live, 'sub', String.raw`"a\ud800"`),
      'jti in an array': (live) => saying(live, { jti: [live.claims.jti] }),
      'jti of half a character': (live) => spelling(live, 'jti', String.raw`"a\udfff"`),
    },
  },
  {
    name: 'impossible types, well signed',
    attacks: {
      ...badClaims('type', [
        null,
        5,
        true,
        '',
        [],
        {},
        'Access',
        'API',
        'TokenType.REFRESH',
        'admin',
        'access ',
      ]),
      'type missing': (live) => saying(live, { type: undefined }),
      'type in an array': (live) => saying(live, { type: [live.claims.type] }),
      'access by name, refresh by jti': (live) => saying(live, { type: 'access', jti: jti(live, 'r0') }),
      'refresh by name, access by jti': (live) => saying(live, { type: 'refresh', jti: jti(live, 'a0') }),
      'api by name, access by jti': (live) => saying(live, { type: 'api', jti: jti(live, 'a0') }),
      'api by name, refresh by jti': (live) => saying(live, { type: 'api', jti: jti(live, 'r0') }),
      'access by name, api by jti': (live) => saying(live, { type: 'access', jti: 'an-api-token' }),
      ...each(
        'access with the jti of',
        ['a', 'a01', 'a-1', 'a0.a0', 'b0', 'a1e3', 'a 0', 'A0', 'a0 ', 'a123456789', 'a٣'],
        (live, generation) => saying(live, { type: 'access', jti: jti(live, generation) }),
      ),
    },
  },
  {
    name: 'a member twice, well signed',
    attacks: {
      ...each('the same value again:', ['sub', 'exp', 'iat', 'jti', 'type', 'aud', 'iss'], (live, name) =>
        again(live, name, live.claims[name]),
      ),
      "a stranger's sub behind": (live) => again(live, 'sub', claimsOf(live.stranger).sub),
      'an escaped name': (live) => again(live, String.raw`s\u0075b`, live.claims.sub),
      'a later exp behind': (live) => again(live, 'exp', live.claims.exp + DAY),
      'a member of no meaning': (live) =>
        handMade(HEADER, JSON.stringify({ ...live.claims, x: 1 }).replace('{', '{"x":2,'), live.key),
    },
  },
  {
    name: 'claims in the prototype, well signed',
    attacks: each('without', ['sub', 'exp', 'iat', 'jti', 'type', 'aud', 'iss'], (live, name) =>
      handMade(
        HEADER,
        JSON.stringify({ ...live.claims, [name]: undefined, P: { [name]: live.claims[name] } }).replace(
          '"P"',
          '"__proto__"',
        ),
        live.key,
      ),
    ),
  },
  {
    name: 'claims that are no JSON object, well signed',
    attacks: {
      ...each('such as', ['', '{', 'null', '[]', '"x"', '5', '{}', "{'sub':'a'}", '{"sub"'], (live, text) =>
        handMade(HEADER, text === '' ? ' ' : text, live.key),
      ),
      'an array of the claims': (live) => handMade(HEADER, JSON.stringify([live.claims]), live.key),
      'the claims one level down': (live) => handMade(HEADER, { claims: live.claims }, live.key),
      'a comma too many': (live) => handMade(HEADER, json(live).replace(/\}$/, ',}'), live.key),
      'a comment': (live) => handMade(HEADER, json(live).replace('{', '{/**/'), live.key),
      'two objects': (live) => handMade(HEADER, `${json(live)}${json(live)}`, live.key),
      'a NUL behind': (live) => handMade(HEADER, `${json(live)}\u0000`, live.key),
      'a raw line feed in a text': (live) =>
        handMade(HEADER, json(live).replace('"sub":"', '"sub":"\n'), live.key),
    },
  },
];

/** What only the record of a session contradicts. */
export const CONTRADICTED_CLAIMS: readonly Family[] = [
  {
    name: 'contradicted by the record, well signed',
    asksStore: true,
    attacks: {
      "a stranger's sub": (live) => saying(live, { sub: claimsOf(live.stranger).sub }),
      "a stranger's jti": (live) => saying(live, { jti: claimsOf(live.stranger).jti }),
      'a sub that nobody has': (live) => saying(live, { sub: 'nobody' }),
      'sub of upper case': (live) => saying(live, { sub: live.claims.sub.toUpperCase() }),
      'sub with a blank': (live) => saying(live, { sub: `${live.claims.sub} ` }),
      'sub with a letter that looks alike': (live) =>
        saying(live, { sub: live.claims.sub.replace('a', '\u0430') }),
      'jti of a session that never was': (live) =>
        saying(live, { jti: live.claims.jti.replace(/^[\w-]{22}/, 'AAAAAAAAAAAAAAAAAAAAAA') }),
    },
  },
];

/** What only the record of a session contradicts, and an API token has no such thing: times and generations. */
export const CONTRADICTED_SESSION_CLAIMS: readonly Family[] = [
  {
    name: 'contradicted by the session, well signed',
    asksStore: true,
    attacks: {
      'a later exp': (live) => saying(live, { exp: live.claims.exp + 1 }),
      'an earlier exp': (live) => saying(live, { exp: live.claims.exp - 1 }),
      'half a second more': (live) => saying(live, { exp: live.claims.exp + 0.5 }),
      'an earlier iat': (live) => saying(live, { iat: live.claims.iat - 1 }),
      'a later iat': (live) => saying(live, { iat: live.claims.iat + 1 }),
      'the last generation': (live) => saying(live, { jti: ahead(live, 0xffffff) }),
      'a generation beyond the last': (live) => saying(live, { jti: ahead(live, 0x1000000) }),
      "a stranger's session and generation 0": (live) =>
        saying(live, { jti: claimsOf(live.stranger).jti.replace(/\d+$/, '0') }),
    },
  },
];

/** Generations that no refresh has led to yet. */
export const AHEAD: Family = {
  name: 'generations ahead, well signed',
  asksStore: true,
  renews: true,
  attacks: each('by', [1, 2, 1000], (live, by) => saying(live, { jti: ahead(live, by) })),
};

/** An older access token is refused; an older refresh token would end its session, as it must. */
export const OLDER_ACCESS: Family = {
  name: 'an older access token, well signed',
  asksStore: true,
  attacks: each('generation', [0, 1], (live, generation) =>
    saying(live, { jti: live.claims.jti.replace(/\d+$/, String(generation)) }),
  ),
};

/** Rights of API tokens that are no rights. */
export const IMPOSSIBLE_RIGHTS: Family = {
  name: 'impossible rights, well signed',
  attacks: {
    ...each(
      'datasets',
      [
        null,
        5,
        true,
        [],
        {},
        ['demo/READ'],
        { demo: ['read'] },
        'demo',
        'demo/FLY',
        'demo/READ,',
        'demo/READ;',
        ';demo/READ',
        'demo/READ;;other/READ',
        'demo/READ;demo/WRITE',
        '/READ',
        '__proto__/READ',
        'constructor/READ',
        'toString/READ',
        'de\u0000mo/READ',
        'demo/READ/WRITE',
        'demo\n/READ',
        ' ',
        `${'x'.repeat(257)}/READ`,
      ] as const,
      (live, datasets) => saying(live, { datasets }),
    ),
    'datasets of half a character': (live) => spelling(live, 'datasets', String.raw`"\ud800/READ"`),
  },
};

function badClaims(name: string, values: readonly unknown[]): Attacks {
  return each(name, values, (live, value) => saying(live, { [name]: value }));
}

function saying(live: Live, claims: Record<string, unknown>): string {
  return handMade(HEADER, { ...live.claims, ...claims }, live.key);
}

/** One claim in a spelling that `JSON.stringify` would not choose. */
function spelling(live: Live, name: string, text: string): string {
  return handMade(
    HEADER,
    JSON.stringify({ ...live.claims, [name]: 'HERE' }).replace('"HERE"', text),
    live.key,
  );
}

function again(live: Live, name: string, value: unknown): string {
  return handMade(HEADER, json(live).replace(/\}$/, `,"${name}":${JSON.stringify(value)}}`), live.key);
}

function json(live: Live): string {
  return JSON.stringify(live.claims);
}

function jti(live: Live, suffix: string): string {
  return `${live.claims.jti.slice(0, 22)}.${suffix}`;
}

function ahead(live: Live, by: number): string {
  return live.claims.jti.replace(/\d+$/, (generation) => String(Number(generation) + by));
}
