import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ApiTokenRecord } from '../../../src/core/api-token-store.js';
import { formatApiToken, formatOwner, parseApiToken } from '../../../src/stores/redis/api-token-text.js';
import { anyApiToken } from '../remote/any-record.js';

const OWNER = 'owner-as-keys-have-it-';

function written(record: ApiTokenRecord, era = '0'): string {
  const { head, tail } = formatApiToken(record, record.username === undefined ? '' : OWNER);
  return head + era + tail;
}

describe('the text of an API token in Redis', () => {
  it('reads back as it was written, whatever names, labels and unknown members hold', () => {
    fc.assert(
      fc.property(anyApiToken, (record) => {
        // As JSON has it: no -0.
        const expected = JSON.parse(JSON.stringify(record)) as ApiTokenRecord;
        expect(parseApiToken(record.jti, written(record))).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('has times, owner and era at the places that scripts look at, whatever else it holds', () => {
    fc.assert(
      fc.property(anyApiToken, (record) => {
        const text = written(record, '31');
        const [lastAccessed, issuedAt, expiresAt] = [1, 17, 33].map((at) => text.slice(at, at + 16));
        expect(Number(expiresAt)).toBe(record.expiresAt);
        expect(issuedAt === '-'.repeat(16) ? undefined : Number(issuedAt)).toBe(record.issuedAt);
        expect(lastAccessed === '-'.repeat(16) ? undefined : Number(lastAccessed)).toBe(record.lastAccessed);
        expect(text.slice(49, 71)).toBe(record.username === undefined ? '-'.repeat(22) : OWNER);
        expect(text.slice(71).split('\n').slice(0, 2)).toEqual(['31', formatOwner(record.username)]);
      }),
    );
  });

  it('tells a user without a name from nobody', () => {
    expect(parseApiToken('ci', written({ jti: 'ci', username: '', expiresAt: 1 }))).toEqual({
      jti: 'ci',
      username: '',
      expiresAt: 1,
    });
    expect(parseApiToken('ci', written({ jti: 'ci', expiresAt: 1 }))).toEqual({ jti: 'ci', expiresAt: 1 });
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53])(
    'refuses the time %p, which it cannot keep',
    (expiresAt) => {
      expect(() => written({ jti: 'ci', expiresAt })).toThrow(RangeError);
    },
  );

  it.each(['', 'x', '2' + written({ jti: 'ci', expiresAt: 1 }).slice(1), '1\n\n'.slice(0, 2)])(
    'refuses the form %j, which it does not know',
    (text) => {
      expect(() => parseApiToken('ci', text)).toThrow(TypeError);
    },
  );
});
