import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatEntry, parseEntry, type ApiTokenEntry } from '../../src/stores/file/api-token-line.js';
import { unicodeCharacter } from '../support/unicode-character.js';

const AT = Date.UTC(2026, 0, 1, 12, 30, 15);

/** Any but the one that stands for nobody. */
const jtis = fc.oneof(
  fc.uuid(),
  fc.stringMatching(/^[\w.~+/=-]{1,64}$/).filter((jti) => jti !== '-'),
);
const times = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(9999, 11, 31) });
/** As `isPlainText` admits them: any characters but controls and lone surrogates. */
const texts = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
const eras = fc.integer({ min: 1, max: 999_999_999_999_999 });
const entries: fc.Arbitrary<ApiTokenEntry> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('registered' as const),
      record: fc.record(
        { jti: jtis, expiresAt: times, username: texts, issuedAt: times, label: texts },
        { requiredKeys: ['jti', 'expiresAt'] },
      ),
      era: eras,
    },
    { requiredKeys: ['kind', 'record'] },
  ),
  fc.record(
    { kind: fc.constant('revoked' as const), jti: jtis, at: times, until: times },
    { requiredKeys: ['kind', 'jti', 'at'] },
  ),
  fc.record({ kind: fc.constant('cut-off' as const), username: texts, at: times }),
  fc.record({ kind: fc.constant('ended-all' as const), era: eras, at: times }),
  fc.record({ kind: fc.constant('used' as const), jti: jtis, at: times }),
  fc.record({ kind: fc.constant('compacted' as const), id: fc.uuid(), at: times }),
);

describe('a line of the file of API tokens', () => {
  it('reads back as it was written, whatever names and labels hold', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        expect(parseEntry(formatEntry(entry))).toEqual(entry);
      }),
      { numRuns: 1000 },
    );
  });

  it('of the first era names none, as before there were any', () => {
    const record = { jti: 'jti-1', expiresAt: AT, username: 'alice' };
    const line = formatEntry({ kind: 'registered', record });
    expect(formatEntry({ kind: 'registered', record, era: 0 })).toBe(line);
    expect(line).not.toContain('era');
  });

  it.each([['0'], ['-1'], ['1.5'], ['1e3'], ['01'], ['x'], [''], ['1000000000000000']])(
    'A5 begins no era %j, though its checksum is right',
    (era) => {
      const line = formatEntry({ kind: 'ended-all', era: era as unknown as number, at: AT });
      expect(parseEntry(line)).toBeUndefined();
    },
  );

  it('is printable ASCII without a line break, whatever names and labels hold', () => {
    fc.assert(fc.property(entries, (entry) => /^[\x20-\x7e]+$/.test(formatEntry(entry))));
  });

  it('starts with an identifier and an ISO 8601 time, for readers that know no more', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const [jti, time] = formatEntry(entry).split(' ');
        const isAboutLife = entry.kind === 'registered' || entry.kind === 'revoked';
        const [named, at] =
          entry.kind === 'registered'
            ? [entry.record.jti, entry.record.expiresAt]
            : [nameIn(entry), entry.at];
        expect(jti).toBe(isAboutLife ? named : '-');
        expect(Date.parse(time!)).toBe(at);
      }),
    );
  });

  it('A5 is refused with any single character replaced', () => {
    fc.assert(
      fc.property(entries, fc.nat(), unicodeCharacter, (entry, at, other) => {
        const line = formatEntry(entry);
        const index = at % line.length;
        fc.pre(line[index] !== other);
        expect(parseEntry(line.slice(0, index) + other + line.slice(index + 1))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('A5 is refused with any single character dropped or put in', () => {
    const line = formatEntry({
      kind: 'registered',
      record: { jti: 'jti-1', expiresAt: AT, username: 'ann lee', issuedAt: AT, label: 'a=b 100%' },
    });
    for (let index = 0; index <= line.length; index += 1) {
      if (index < line.length) {
        expect(parseEntry(line.slice(0, index) + line.slice(index + 1))).toBeUndefined();
      }
      for (const added of [' ', '=', '0', 'Z', '%', '\u00e9']) {
        expect(parseEntry(line.slice(0, index) + added + line.slice(index))).toBeUndefined();
      }
    }
  });

  it('A5 with two lines run into one is refused', () => {
    fc.assert(
      fc.property(entries, entries, (first, second) => {
        expect(parseEntry(formatEntry(first) + formatEntry(second))).toBeUndefined();
        expect(parseEntry(`${formatEntry(first)} ${formatEntry(second)}`)).toBeUndefined();
      }),
    );
  });

  it('A5 torn anywhere after its expiry is refused', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (entry, at) => {
        const line = formatEntry(entry);
        const afterExpiry = line.indexOf(' ', line.indexOf(' ') + 1) + 1;
        const torn = line.slice(0, afterExpiry + (at % (line.length - afterExpiry)));
        expect(parseEntry(torn)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('A5 never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      ' ',
      '=',
      '%',
      '%zz',
      '-',
      'revoked',
      'owner=',
      'sum=',
      '2026-01-01T00:00:00Z',
      'j',
    );
    const junk = fc.oneof(
      fc.string({ unit: unicodeCharacter }),
      fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(junk, (text) => {
        parseEntry(text);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['with microseconds', '2026-01-01T12:30:15.250000', AT + 250],
    ['with an offset', '2026-01-01T14:30:15+02:00', AT],
    ['with a Z', '2026-01-01T12:30:15Z', AT],
  ])('reads plantdb’s line of two fields, its time %s', (_how, time, expiresAt) => {
    const jti = '0b0e5a9e-1c1f-4d5e-9f4e-2f6b6f0a7c11';
    expect(parseEntry(`${jti} ${time}`)).toEqual({ kind: 'registered', record: { jti, expiresAt } });
  });

  it.each([
    [''],
    [' '],
    ['just-a-jti'],
    ['jti yesterday'],
    ['jti 2026-01-01'],
    ['jti 2026-01-01T12:30:15'],
    ['jti 2026-01-01T12:30:15.250'],
    ['jti 2026-01-01T12:30:15.250+00:00'],
    ['jti 2026-13-01T00:00:00Z'],
    ['jti 2026-01-01T00:00:00Z '],
    [' 2026-01-01T00:00:00Z'],
    ['jti  2026-01-01T00:00:00Z'],
    ['jti 2026-01-01T00:00:00Z revoked'],
    ['jti 2026-01-01T00:00:00Z sum=00000000'],
    ['jti 2026-01-01T00:00:00Z owner=alice'],
    ['- 2026-01-01T00:00:00Z from-a-later-version=1 sum=1ab343b1'],
    ['j\u0000ti 2026-01-01T00:00:00Z'],
    ['j\u00e4ti 2026-01-01T00:00:00Z'],
    [`${'j'.repeat(257)} 2026-01-01T00:00:00Z`],
  ])('A5 refuses the foreign line %j', (line) => {
    expect(parseEntry(line)).toBeUndefined();
  });
});

function nameIn(entry: ApiTokenEntry): string | undefined {
  return 'jti' in entry ? entry.jti : undefined;
}
