import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkDatasets, formatDatasets, grants, parseDatasets } from '../../src/core/datasets.js';
import { InvalidInputError } from '../../src/core/errors.js';
import { Permission } from '../../src/core/permission.js';
import { unicodeCharacter } from '../support/unicode-character.js';

const INHERITED = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  '__defineGetter__',
  '__lookupSetter__',
];

/** A name that may be given: no `;`, no `/`, no controls, nothing inherited. */
const datasetName = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...' ,.:=-_*"\'\\%&?#|{}[]()ABCabc019éßλ山😀'), unicodeCharacter),
    minLength: 1,
    maxLength: 60,
  })
  .filter(
    (name) =>
      ![...name].some((c) => c === ';' || c === '/' || c < ' ' || (c >= '\u007f' && c <= '\u009f')) &&
      !Object.getOwnPropertyNames(Object.prototype).includes(name),
  );
const permissions = fc.uniqueArray(fc.constantFrom(...Object.values(Permission)), { maxLength: 6 });
const anyDatasets = fc
  .array(fc.tuple(datasetName, permissions), { maxLength: 8 })
  .map((entries) => Object.fromEntries(entries));

describe('formatDatasets', () => {
  it("writes plantdb's own form", () => {
    expect(
      formatDatasets({
        arabidopsis: [Permission.Read, Permission.Write],
        maize: [Permission.ManageUsers],
        empty: [],
      }),
    ).toBe('arabidopsis/Permission.READ,Permission.WRITE;maize/Permission.MANAGE_USERS;empty/');
  });

  it('writes no rights at all as the empty text', () => {
    expect(formatDatasets({})).toBe('');
  });
});

describe('parseDatasets', () => {
  it("reads plantdb's own form", () => {
    const read = parseDatasets('arabidopsis/Permission.READ,Permission.WRITE;maize/');
    expect({ ...read }).toEqual({ arabidopsis: ['read', 'write'], maize: [] });
  });

  it('reads the empty text as no rights at all', () => {
    expect(Object.keys(parseDatasets('')!)).toEqual([]);
  });

  it('P1 answers a frozen table without a prototype, with frozen lists', () => {
    for (const claim of ['', 'a/Permission.READ']) {
      const read = parseDatasets(claim)!;
      expect(Object.getPrototypeOf(read)).toBeNull();
      expect(Object.isFrozen(read)).toBe(true);
      expect(Object.values(read).every(Object.isFrozen)).toBe(true);
    }
  });

  it.each([
    'a',
    '/',
    '/Permission.READ',
    ';',
    'a/Permission.READ;',
    ';a/Permission.READ',
    'a/Permission.READ;;b/',
    'a/Permission.READ,',
    'a/,Permission.READ',
    'a/Permission.FLY',
    'a/b/Permission.READ',
    'a/*',
    'a\u0000/Permission.READ',
    'a\n/Permission.READ',
    `${'a'.repeat(257)}/Permission.READ`,
    'a/Permission.READ;b',
  ])('refuses %p, which no issuer writes', (claim) => {
    expect(parseDatasets(claim)).toBeUndefined();
  });

  it('J7 refuses a name that occurs twice, so that no second entry widens the first', () => {
    expect(parseDatasets('a/Permission.READ;a/Permission.WRITE')).toBeUndefined();
    expect(parseDatasets('a/;b/;a/')).toBeUndefined();
  });

  it.each(INHERITED)('P1 refuses the name %s and pollutes nothing', (name) => {
    expect(parseDatasets(`${name}/Permission.READ`)).toBeUndefined();
    expect(parseDatasets(`a/;${name}/Permission.READ`)).toBeUndefined();
    expect(({} as Record<string, unknown>).read).toBeUndefined();
  });

  it('reads back what was written, for any allowed names and permissions', () => {
    fc.assert(
      fc.property(anyDatasets, (given) => {
        const read = parseDatasets(formatDatasets(checkDatasets(given)));
        expect(read).toBeDefined();
        expect({ ...read }).toEqual(given);
      }),
    );
  });

  it('never throws, and what it does read names only allowed datasets and permissions', () => {
    const pieces = fc.constantFrom(
      'a',
      'b',
      '/',
      ';',
      ',',
      'Permission.READ',
      'read',
      '__proto__',
      ' ',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces).map((list) => list.join('')),
          fc.string(),
        ),
        (claim) => {
          const read = parseDatasets(claim);
          if (read === undefined) return;
          expect(() => checkDatasets(read)).not.toThrow();
        },
      ),
    );
  });
});

describe('checkDatasets', () => {
  it('answers a frozen copy without a prototype, which later changes do not reach', () => {
    const given: Record<string, Permission[]> = { a: [Permission.Read] };
    const checked = checkDatasets(given);
    given.a!.push(Permission.Delete);
    given.b = [Permission.Write];
    expect({ ...checked }).toEqual({ a: ['read'] });
    expect(Object.getPrototypeOf(checked)).toBeNull();
    expect(Object.isFrozen(checked) && Object.isFrozen(checked.a)).toBe(true);
  });

  it('names each permission once, in its own spelling', () => {
    const checked = checkDatasets({ a: ['Read', 'Permission.READ', ' write '] });
    expect(checked.a).toEqual(['read', 'write']);
  });

  it.each([
    '',
    'a;b',
    'a/b',
    'a/READ;victim',
    'a\nb',
    'a\u0000',
    '\u007f',
    '\u0085',
    'a\ud800',
    'x'.repeat(257),
  ])('refuses the name %p, which would change what the claim means', (name) => {
    expect(() => checkDatasets({ [name]: [Permission.Read] })).toThrow(InvalidInputError);
  });

  it('takes a name of 256 characters', () => {
    expect(Object.keys(checkDatasets({ ['x'.repeat(256)]: [] }))).toHaveLength(1);
  });

  it.each(INHERITED)('P1 refuses the name %s', (name) => {
    const given: unknown = JSON.parse(`{"${name}": ["read"]}`);
    expect(() => checkDatasets(given)).toThrow(InvalidInputError);
    expect(({} as Record<string, unknown>).read).toBeUndefined();
  });

  it('P1 takes nothing that is only inherited', () => {
    const given = Object.assign(Object.create({ victim: ['read'] }) as object, { own: ['read'] });
    expect(Object.keys(checkDatasets(given))).toEqual(['own']);
  });

  it.each([[null], [undefined], ['a/Permission.READ'], [5], [true], [[]], [[['a', ['read']]]]])(
    'refuses %p, which is no table',
    (given) => {
      expect(() => checkDatasets(given)).toThrow(InvalidInputError);
    },
  );

  it.each([['read'], [null], [undefined], [{}], [5], [new Set(['read'])]])(
    'refuses %p as a list of permissions',
    (given) => {
      expect(() => checkDatasets({ a: given })).toThrow(InvalidInputError);
    },
  );

  it.each([['fly'], [''], [null], [undefined], [5], ['__proto__'], ['constructor'], [['read']]])(
    'P1 refuses %p as a permission',
    (given) => {
      expect(() => checkDatasets({ a: ['read', given] })).toThrow(InvalidInputError);
    },
  );

  it('refuses a list with a hole in it', () => {
    expect(() => checkDatasets({ a: new Array(1) })).toThrow(InvalidInputError);
    // eslint-disable-next-line no-sparse-arrays -- holes are the subject
    expect(() => checkDatasets({ a: ['read', , 'write'] })).toThrow(InvalidInputError);
  });

  it('L1 tells what was expected and never the text that came', () => {
    for (const given of ['hunter2-secret', { 'hunter2-secret;': [] }, { a: ['hunter2-secret'] }]) {
      let message = '';
      try {
        checkDatasets(given);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/^datasets: expected/);
      expect(message).not.toContain('hunter2');
    }
  });
});

describe('grants', () => {
  const datasets = checkDatasets({ mine: [Permission.Read, Permission.Write], none: [] });

  it('is true for a right that is named', () => {
    expect(grants(datasets, 'mine', Permission.Read)).toBe(true);
    expect(grants(datasets, 'mine', Permission.Write)).toBe(true);
  });

  it('is false for another right, another dataset, and a dataset without rights', () => {
    expect(grants(datasets, 'mine', Permission.Delete)).toBe(false);
    expect(grants(datasets, 'Mine', Permission.Read)).toBe(false);
    expect(grants(datasets, '', Permission.Read)).toBe(false);
    expect(grants(datasets, 'none', Permission.Read)).toBe(false);
  });

  it.each(INHERITED)('P1 is false for the inherited name %s, in an ordinary object too', (name) => {
    expect(grants(datasets, name, Permission.Read)).toBe(false);
    expect(grants({ mine: [Permission.Read] }, name, Permission.Read)).toBe(false);
  });
});

describe('grants', () => {
  const datasets = parseDatasets('a/Permission.READ;b/')!;

  it('is true for a right that the dataset names', () => {
    expect(grants(datasets, 'a', Permission.Read)).toBe(true);
  });

  it('is false for another right, another dataset, and a dataset without rights', () => {
    expect(grants(datasets, 'a', Permission.Write)).toBe(false);
    expect(grants(datasets, 'c', Permission.Read)).toBe(false);
    expect(grants(datasets, 'b', Permission.Read)).toBe(false);
    expect(grants(parseDatasets('')!, 'a', Permission.Read)).toBe(false);
  });

  it.each(INHERITED)('P1 grants nothing on %s, whatever the table inherits', (name) => {
    expect(grants(datasets, name, Permission.Read)).toBe(false);
    expect(grants({}, name, Permission.Read)).toBe(false);
  });

  it('P1 grants nothing that is only inherited', () => {
    const inheriting = Object.create({ a: [Permission.Read] }) as Record<string, Permission[]>;
    expect(grants(inheriting, 'a', Permission.Read)).toBe(false);
  });
});
