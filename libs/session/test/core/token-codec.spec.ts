import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatJti, MAX_TOKEN_LENGTH, parseJti } from '../../src/core/token-codec.js';
import { TokenType } from '../../src/core/token-type.js';
import { SESSION_ID } from '../support/records.js';

describe('formatJti and parseJti', () => {
  it('write the id, the type and the generation', () => {
    expect(formatJti(SESSION_ID, TokenType.Access, 0)).toBe(`${SESSION_ID}.a0`);
    expect(formatJti(SESSION_ID, TokenType.Refresh, 3)).toBe(`${SESSION_ID}.r3`);
  });

  it('read back what they wrote, for any id, type and generation', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.constantFrom(TokenType.Access, TokenType.Refresh),
        fc.integer({ min: 0, max: 0xffffff }),
        (bytes, type, generation) => {
          const id = Buffer.from(bytes).toString('base64url');
          expect(parseJti(formatJti(id, type, generation))).toEqual({ id, type, generation });
        },
      ),
    );
  });

  it.each([
    '',
    SESSION_ID,
    `${SESSION_ID}.a`,
    `${SESSION_ID}.a00`,
    `${SESSION_ID}.a01`,
    `${SESSION_ID}.a-1`,
    `${SESSION_ID}.a1.5`,
    `${SESSION_ID}.a1e3`,
    `${SESSION_ID}.a0x1`,
    `${SESSION_ID}.a123456789`,
    `${SESSION_ID}.A0`,
    `${SESSION_ID}.b0`,
    `${SESSION_ID}a0`,
    `${SESSION_ID}.a0\n`,
    ` ${SESSION_ID}.a0`,
    `${SESSION_ID}x.a0`,
    `${SESSION_ID.slice(1)}.a0`,
    `${SESSION_ID.slice(1)}+.a0`,
    `${SESSION_ID}.a٣`,
    '550e8400-e29b-41d4-a716-446655440000',
  ])('J12 do not take %p for the name of a session token', (jti) => {
    expect(parseJti(jti)).toBeUndefined();
  });
});

describe('MAX_TOKEN_LENGTH', () => {
  it('D1 is 8 KiB', () => {
    expect(MAX_TOKEN_LENGTH).toBe(8 * 1024);
  });
});
