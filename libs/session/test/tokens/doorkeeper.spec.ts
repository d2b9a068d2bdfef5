import { describe, expect, it } from '@jest/globals';
import { Doorkeeper } from '../../src/tokens/doorkeeper.js';

/** Distinct fingerprints of signatures. */
function fingerprints(count: number, from = 0): string[] {
  const words = Uint32Array.of(0, 1, 0);
  const bytes = Buffer.from(words.buffer);
  return Array.from({ length: count }, (_, number) => {
    words[0] = from + number;
    words[2] = number;
    return bytes.toString('base64url', 0, 9);
  });
}

const admitted = (doorkeeper: Doorkeeper, texts: readonly string[]) =>
  texts.filter((text) => doorkeeper.admits(text)).length;

describe('a doorkeeper', () => {
  it('admits whatever came before, and nothing that comes first', () => {
    const doorkeeper = new Doorkeeper();
    expect([1, 2, 3].map(() => doorkeeper.admits('AAAAAAAAAAAA'))).toEqual([false, true, true]);
    expect(doorkeeper.admits('')).toBe(false);
    expect(doorkeeper.admits('BAAAAAAAAAAA')).toBe(false);
  });

  it('tells a thousand from each other, and admits all of them when they come again', () => {
    const doorkeeper = new Doorkeeper();
    expect(admitted(doorkeeper, fingerprints(1_000))).toBeLessThan(25);
    expect(admitted(doorkeeper, fingerprints(1_000))).toBe(1_000);
  });

  it('turns away most of a million that come once, whatever came before', () => {
    const doorkeeper = new Doorkeeper();
    expect(admitted(doorkeeper, fingerprints(1_000_000))).toBeLessThan(150_000);
  });

  it('admits at latest at the third time what is forgotten between the first two', () => {
    for (let before = 16_300; before < 20_000; before += 300) {
      const doorkeeper = new Doorkeeper();
      admitted(doorkeeper, fingerprints(before));
      const late = fingerprints(1, 5_000_000)[0]!;
      doorkeeper.admits(late);
      admitted(doorkeeper, fingerprints(300, 6_000_000));
      doorkeeper.admits(late);
      expect(doorkeeper.admits(late)).toBe(true);
    }
  });
});
