import { describe, expect, it } from '@jest/globals';
import { Tombstones } from '../../src/stores/memory/tombstones.js';

const AT_LEAST = 8192;

describe('Tombstones', () => {
  const filled = (count: number) => {
    const tombstones = new Tombstones();
    for (let number = 0; number < count; number += 1) tombstones.set(`id-${number}`, 'revoked');
    return tombstones;
  };

  it('remember why each of the latest has gone', () => {
    const tombstones = filled(3);
    tombstones.set('other', 'idle');
    expect(tombstones.get('id-0')).toBe('revoked');
    expect(tombstones.get('other')).toBe('idle');
    expect(tombstones.get('unknown')).toBeUndefined();
  });

  it.each([AT_LEAST, AT_LEAST + 1, 2 * AT_LEAST, 2 * AT_LEAST + 1, 5 * AT_LEAST])(
    'D3 of %i endings remember at least the latest 8,192 and at most twice as many',
    (count) => {
      const tombstones = filled(count);
      const remembered = Array.from(
        { length: count },
        (_, number) => tombstones.get(`id-${number}`) !== undefined,
      );
      expect(remembered.slice(-AT_LEAST)).not.toContain(false);
      expect(remembered.filter(Boolean).length).toBeLessThanOrEqual(2 * AT_LEAST);
    },
  );
});
