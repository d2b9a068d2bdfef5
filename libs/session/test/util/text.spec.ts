import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeValue, isPlainText, printable } from '../../src/util/text.js';

/** Controls, line ends and everything that Unicode calls a bidirectional control, listed by hand. */
const DANGEROUS = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069' +
    '\\u200b-\\u200d\\u2060\\ufeff\\ud800-\\udfff]',
  'u',
);

/** Any UTF-16, lone surrogates included. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0x0a, 0x0d, 0x1b, 0x202e, 0xd83d)), {
    maxLength: 400,
  })
  .map((units) => String.fromCharCode(...units));

describe('printable', () => {
  it.each([
    ['a line feed', 'a\nb', 'a\\u{a}b'],
    ['a carriage return', 'a\r\nb', 'a\\u{d}\\u{a}b'],
    ['an ANSI escape', '\u001b[31mred', '\\u{1b}[31mred'],
    ['a C1 control', 'a\u009bb', 'a\\u{9b}b'],
    ['NEL', 'a\u0085b', 'a\\u{85}b'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['a paragraph separator', 'a\u2029b', 'a\\u{2029}b'],
    ['a bidi override', 'a\u202eb', 'a\\u{202e}b'],
    ['a bidi isolate', 'a\u2066b', 'a\\u{2066}b'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['a tag character', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ])('L2 spells out %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('L2 leaves readable text of any script as it is', () => {
    const text = 'Zoë O’Neil <zoe@example.org> 山田 "太郎" 😀 \\ עברית';
    expect(printable(text)).toBe(text);
  });

  it('L2 makes every code point of Unicode safe to write', () => {
    for (let first = 0; first <= 0x10ffff; first += 100) {
      const chunk = Array.from({ length: 100 }, (_, index) =>
        String.fromCodePoint(Math.min(first + index, 0x10ffff)),
      ).join('');
      const shown = printable(chunk);
      if (DANGEROUS.test(shown)) throw new Error(`unsafe character from U+${first.toString(16)}`);
    }
  });

  it('L2 is always one line without control and bidi characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(DANGEROUS);
        expect(shown.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/)).toHaveLength(1);
      }),
    );
  });

  it('L2 cuts at 256 characters, a pair of surrogates too', () => {
    expect(printable('x'.repeat(256))).toBe('x'.repeat(256));
    expect(printable('x'.repeat(100_000))).toBe('x'.repeat(256));
    expect(printable(`${'x'.repeat(255)}😀`)).toBe(`${'x'.repeat(255)}\\u{d83d}`);
  });
});

describe('isPlainText', () => {
  it('D1 takes 1 to max characters', () => {
    expect(isPlainText('', 5)).toBe(false);
    expect(isPlainText('a', 5)).toBe(true);
    expect(isPlainText('abcde', 5)).toBe(true);
    expect(isPlainText('abcdef', 5)).toBe(false);
  });

  it.each([
    ['a pair of surrogates', '😀'],
    ['a letter of the BMP', 'é'],
    ['an ideograph beyond it', '𠮷'],
  ])('D1 counts %s as one character', (_, character) => {
    expect(isPlainText(character.repeat(256), 256)).toBe(true);
    expect(isPlainText(character.repeat(257), 256)).toBe(false);
    expect(isPlainText(`${'a'.repeat(255)}${character}`, 256)).toBe(true);
    expect(isPlainText(`${'a'.repeat(256)}${character}`, 256)).toBe(false);
  });

  it('D1 does not count what is too long by its units', () => {
    let walked = 0;
    const { [Symbol.iterator]: iterate } = String.prototype;
    String.prototype[Symbol.iterator] = function (this: string) {
      walked += this.length;
      return iterate.call(this);
    };
    try {
      expect(isPlainText('😀'.repeat(1_000_000), 256)).toBe(false);
      expect(describeValue('😀'.repeat(1_000_000))).toBe('a string of more than 4096 characters');
      expect(walked).toBe(0);
      expect(isPlainText('😀'.repeat(256), 256)).toBe(true);
      expect(walked).toBe(512);
    } finally {
      String.prototype[Symbol.iterator] = iterate;
    }
  });

  it('D1 refuses every C0 and C1 control and DEL, and nothing else below U+0100', () => {
    for (let code = 0; code < 0x100; code++) {
      const control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
      expect([code, isPlainText(`a${String.fromCharCode(code)}b`, 9)]).toEqual([code, !control]);
    }
  });

  it('D1 refuses lone surrogates and takes pairs', () => {
    expect(isPlainText('a\ud800b', 9)).toBe(false);
    expect(isPlainText('a\udc00b', 9)).toBe(false);
    expect(isPlainText('\udc00\ud800', 9)).toBe(false);
    expect(isPlainText('a\ud800', 9)).toBe(false);
    expect(isPlainText('a😀b', 9)).toBe(true);
  });

  it.each([[undefined], [null], [5], [true], [{}], [['a']], [new String('a')], [Symbol('a')]])(
    'takes strings only, not %p',
    (value) => {
      expect(isPlainText(value, 9)).toBe(false);
    },
  );
});

describe('describeValue', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
    [new Uint8Array(7), '7 bytes'],
    [Buffer.alloc(9), '9 bytes'],
    [[1, 2], 'an array of 2'],
    [new Date(0), 'a Date'],
    [new Date(Number.NaN), 'an invalid Date'],
    [{ a: 1 }, 'an object'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
    [5n, 'a bigint'],
  ])('names the kind of %p', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it('L1 tells the size of a text or of bytes and never the content', () => {
    expect(describeValue('correct horse battery staple')).toBe('a string of 28 characters');
    expect(describeValue(Buffer.from('correct horse'))).toBe('13 bytes');
    expect(describeValue(['correct horse'])).toBe('an array of 1');
    expect(describeValue({ key: 'correct horse' })).toBe('an object');
  });

  it('counts the characters of a text, not its units', () => {
    expect(describeValue('😀'.repeat(257))).toBe('a string of 257 characters');
    expect(describeValue('x'.repeat(8192))).toBe('a string of 8192 characters');
    expect(describeValue('x'.repeat(8193))).toBe('a string of more than 4096 characters');
  });

  it('answers for a value whose own methods throw', () => {
    const hostile = {
      toString() {
        throw new Error('no');
      },
    };
    expect(describeValue(hostile)).toBe('an object');
    expect(describeValue(Object.create(null))).toBe('an object');
  });
});
