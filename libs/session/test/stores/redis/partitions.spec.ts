import { describe, expect, it } from '@jest/globals';
import { Partitions, slotOf } from '../../../src/stores/redis/partitions.js';

describe('partitions', () => {
  it('know the slots of a cluster: the examples of its specification', () => {
    expect(slotOf('123456789')).toBe(0x31c3 % 16_384);
    expect(slotOf('foo')).toBe(12_182);
    expect(slotOf('')).toBe(0);
  });

  it.each([1, 2, 4, 16, 64, 256])(
    '%i have tags whose slots lie evenly, so that three nodes have equal shares',
    (count) => {
      const { tags } = new Partitions('nsm', count);
      expect(new Set(tags).size).toBe(count);
      const slots = tags.map(slotOf).sort((a, b) => a - b);
      for (const [index, slot] of slots.entries()) {
        if (count > 1) expect(Math.floor(slot / (16_384 / count))).toBe(index);
      }
      const shares = [0, 1, 2].map(
        (node) => slots.filter((slot) => Math.floor(slot / (16_384 / 3)) === node).length,
      );
      if (count > 3) expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    },
  );

  it('lead from an id to the place of its owner, whoever that is', () => {
    const partitions = new Partitions('nsm', 64);
    for (const username of ['alice', 'bob', 'ünïcøde', '__proto__', 'x'.repeat(256)]) {
      const ids = Array.from({ length: 20 }, () => partitions.newId(username));
      expect(new Set(ids).size).toBe(20);
      for (const id of ids) {
        expect(id).toMatch(/^[\w-]{22}$/);
        expect(partitions.ofId(id)).toBe(partitions.ofUser(username));
      }
    }
  });

  it('spread a million users within 5 % of even at 16', () => {
    const partitions = new Partitions('nsm', 16);
    const users = Array.from({ length: 16 }, () => 0);
    for (let user = 0; user < 1_000_000; user += 1) users[partitions.ofUser(`user-${user}`)]! += 1;
    for (const count of users) expect(Math.abs(count / 62_500 - 1)).toBeLessThan(0.05);
  });

  it.each(['', 'short', 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)} `, 'A'.repeat(21) + '='])(
    'lead nowhere from %j, which no session has for an id',
    (id) => {
      expect(new Partitions('nsm', 4).ofId(id)).toBeUndefined();
    },
  );

  it('of which there is one have the namespace for a tag, and take any id', () => {
    const one = new Partitions('nsm', 1);
    expect([one.tags, one.ofId('anything'), one.ofUser('alice')]).toEqual([['nsm'], 0, 0]);
  });

  it.each([0, 3, 512, -2, 1.5, Number.NaN, '4'])('are refused as %p', (count) => {
    expect(() => new Partitions('nsm', count as number)).toThrow(/^partitions: expected a power of two/);
  });
});
