import { describe, expect, it } from '@jest/globals';
import { InvalidInputError } from '../../src/core/errors.js';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import { seededRandom } from '../support/seeded-random.js';

const cookies = new CookieTransport();
const NAME = '__Host-nsm_access';
const read = (cookie: unknown, which?: 'access' | 'refresh') => cookies.read({ headers: { cookie } }, which);

describe('The header Cookie', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    [`${NAME}=abc`, 'abc'],
    [`a=b; ${NAME}=abc; c=d`, 'abc'],
    [`a=b;${NAME}=abc`, 'abc'],
    [`${NAME}= abc \t; c=d`, 'abc'],
    [`${NAME}=a=b==`, 'a=b=='],
    [`${NAME}=%61bc`, '%61bc'],
    [`${NAME}="abc"`, '"abc"'],
    [`${NAME}=`, undefined],
    [NAME, undefined],
    [`${NAME}=; ${NAME}=abc`, 'abc'],
    [`${NAME}=abc; ${NAME}=abc`, 'abc'],
  ])('%p holds the token %p, as it was sent', (header, token) => {
    expect(read(header)).toBe(token);
  });

  it.each([
    `x${NAME}=abc`,
    `${NAME}x=abc`,
    `${NAME.toLowerCase()}=abc`,
    `${NAME.toUpperCase()}=abc`,
    `nsm_access=abc`,
    `__Secure-nsm_access=abc`,
    `a=${NAME}=abc`,
    `a ${NAME}=abc`,
    `${NAME} =abc`,
    `%5F_Host-nsm_access=abc`,
    `__Host-nsm_refresh=abc`,
  ])('%s holds none: a name is matched whole', (header) => {
    expect(read(header)).toBeUndefined();
  });

  it('T7 two cookies of our name that differ are 400', () => {
    expect(() => read(`${NAME}=a; ${NAME}=b`)).toThrow(InvalidInputError);
    expect(() => read(`${NAME}=a; ${NAME}=a; ${NAME}=b`)).toThrow('expected one __Host-nsm_access');
    expect(() => read([`${NAME}=a`])).toThrow('Cookie: expected a string, got an array of 1');
  });

  it('has the refresh token under a name of its own', () => {
    const header = `${NAME}=a; __Host-nsm_refresh=r`;
    expect([read(header, 'access'), read(header, 'refresh')]).toEqual(['a', 'r']);
    expect(read(`${NAME}=a`, 'refresh')).toBeUndefined();
  });

  it('P1 however it is made, it holds what stands there by RFC 6265, or is 400, and never what an object has', () => {
    const random = seededRandom(7);
    const parts = [
      NAME,
      `${NAME}=`,
      '=',
      ';',
      ';',
      '; ',
      ' ',
      '\t',
      'a',
      'b',
      '"',
      '%3B',
      ',',
      '\u0000',
      'é',
    ];
    const hostile = ['__proto__', 'constructor', 'hasOwnProperty=1', `; ${NAME}=a`, `;${NAME}=b`];
    const outcomes = { none: 0, token: 0, refused: 0 };
    for (let run = 0; run < 100_000; run++) {
      const choices = [...parts, ...hostile];
      const header = Array.from({ length: random(24) }, () => choices[random(choices.length)]).join('');
      const [token, ...others] = pairsIn(header);
      const expected = others.length > 0 ? 'refused' : token === undefined ? 'none' : 'token';
      const answer = answerTo(header);
      if (answer !== (expected === 'refused' ? InvalidInputError : token)) {
        throw new Error(`${JSON.stringify(header)} gave ${String(answer)}`);
      }
      outcomes[expected] += 1;
    }
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(1000);
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const named = new CookieTransport({ name: name.replace(/^__/, ''), secure: false });
      expect(named.read({ headers: { cookie: `${name}=a` } })).toBeUndefined();
    }
  });

  it.each([
    ['semicolons', ';'],
    ['blanks', ' '],
    ['our name', NAME],
    ['our pair', `${NAME}=a;`],
    ['our pair behind blanks', `${' '.repeat(40)}${NAME}=a`],
    ['the beginning of our name', '__Host-nsm_'],
  ])('D1 one full of %s is read in one pass: sixteen times as long takes no 64 times as long', (_, part) => {
    const [short, long] = [64, 1024].map((kib) => fastest(part.repeat((kib * 1024) / part.length)));
    expect(long! / short!).toBeLessThan(64);
  });
});

/** What it holds, or the class that was thrown. */
function answerTo(header: string): unknown {
  try {
    return read(header);
  } catch (error) {
    return (error as Error).constructor;
  }
}

/** What RFC 6265 §5.4 reads as the values of our name, the empty ones left out; slow and plain. */
function pairsIn(header: string): Set<string> {
  const values = header
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+/, ''))
    .filter((pair) => pair.startsWith(`${NAME}=`))
    .map((pair) => pair.slice(NAME.length + 1).replace(/^[ \t]+|[ \t]+$/g, ''));
  return new Set(values.filter((value) => value !== ''));
}

/** Milliseconds of the fastest of a few readings, which what else the machine does slows down least. */
function fastest(header: string): number {
  const times = Array.from({ length: 9 }, () => {
    const start = process.hrtime.bigint();
    read(header);
    return Number(process.hrtime.bigint() - start);
  });
  return Math.max(Math.min(...times), 1000);
}
