import { describe, expect, it } from '@jest/globals';
import { isTokenType, parseTokenType, TokenType } from '../../src/core/token-type.js';

describe('TokenType', () => {
  it('has the three types under their names on the wire', () => {
    expect(TokenType).toEqual({ Access: 'access', Api: 'api', Refresh: 'refresh' });
  });
});

describe('parseTokenType', () => {
  it.each([
    ['access', TokenType.Access],
    ['Access', TokenType.Access],
    ['ACCESS', TokenType.Access],
    [' TokenType.API ', TokenType.Api],
    ['tokentype.api', TokenType.Api],
    ['TOKENTYPE.REFRESH', TokenType.Refresh],
    ['\trefresh\n', TokenType.Refresh],
  ])('reads %p', (text, type) => {
    expect(parseTokenType(text)).toBe(type);
  });

  it.each([
    '',
    ' ',
    'acces',
    'accesss',
    'access refresh',
    'TokenType.',
    'TokenType.TokenType.API',
    'Permission.READ',
    'constructor',
    '__proto__',
    'TokenType.__proto__',
    'toString',
  ])('P1 knows no type in %p', (text) => {
    expect(parseTokenType(text)).toBeUndefined();
  });

  it.each([
    [undefined],
    [null],
    [0],
    [true],
    [{}],
    [['access']],
    [new String('access')],
    [Symbol('access')],
    [{ toString: () => 'access' }],
    [Object.create(null)],
  ])('never throws for something other than text: %p', (value) => {
    expect(parseTokenType(value)).toBeUndefined();
  });
});

describe('isTokenType', () => {
  it('is true for two spellings of one type', () => {
    expect(isTokenType('Access', TokenType.Access)).toBe(true);
    expect(isTokenType(TokenType.Api, ' TokenType.API ')).toBe(true);
  });

  it('is false for two types', () => {
    expect(isTokenType(TokenType.Access, TokenType.Refresh)).toBe(false);
    expect(isTokenType('api', 'TokenType.ACCESS')).toBe(false);
  });

  it('is false, never an error, for values that name none, equal ones too', () => {
    expect(isTokenType(undefined, undefined)).toBe(false);
    expect(isTokenType('nothing', 'nothing')).toBe(false);
    expect(isTokenType(null, 'access')).toBe(false);
    expect(isTokenType('access', 7)).toBe(false);
  });
});
