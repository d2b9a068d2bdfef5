import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '../../src/core/errors.js';
import { resolvePolicy } from '../../src/core/session-policy.js';
import { tokenTimes } from '../../src/core/expiry.js';
import { agrees, listedSession, sessionInfo, sessionTokens } from '../../src/core/session-views.js';
import {
  checkDetails,
  checkLabel,
  checkUsername,
  isUsername,
  MAX_GENERATION,
  type SessionRecord,
} from '../../src/core/session.js';
import { formatJti, parseJti, type SessionClaims } from '../../src/core/token-codec.js';
import { TokenType } from '../../src/core/token-type.js';

const NOW = Date.UTC(2026, 0, 1);
const ID = 'AAECAwQFBgcICQoLDA0ODw';

const record: SessionRecord = {
  id: ID,
  username: 'alice',
  generation: 3,
  createdAt: NOW - 50_000,
  issuedAt: NOW,
  lastAccessed: NOW + 1000,
  expiresAt: NOW + 900_000,
  activeUntil: NOW + 902_000,
  refreshExpiresAt: NOW + 86_400_000,
  renewableUntil: NOW + 86_402_000,
  previousUntil: NOW + 10_000,
};

function claims(given: Partial<SessionClaims> = {}): SessionClaims {
  const generation = given.generation ?? record.generation;
  const type = given.type ?? TokenType.Access;
  return {
    id: ID,
    generation,
    type,
    jti: formatJti(ID, type, generation),
    username: 'alice',
    times: {
      issuedAt: record.issuedAt,
      expiresAt: type === TokenType.Access ? record.expiresAt : record.refreshExpiresAt!,
    },
    ...given,
  };
}

/** The message of what `act` throws, which must be an InvalidInputError. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('isUsername and checkUsername', () => {
  it.each([
    'a',
    'alice',
    'Zoë O’Neil',
    '山田',
    '😀',
    '__proto__',
    'constructor',
    ' ',
    'a;b/c',
    'x'.repeat(256),
  ])('D1 take %p', (name) => {
    expect(isUsername(name)).toBe(true);
    expect(checkUsername(name)).toBe(name);
  });

  it.each([
    [''],
    ['x'.repeat(257)],
    ['a\u0000b'],
    ['a\nb'],
    ['a\u001b[31m'],
    ['a\u007f'],
    ['a\u009b'],
    ['a\ud800'],
    ['\udc00a'],
    [undefined],
    [null],
    [5],
    [true],
    [{}],
    [['alice']],
    [new String('alice')],
  ])('D1 refuse %p', (name) => {
    expect(isUsername(name)).toBe(false);
    expect(refusal(() => checkUsername(name))).toMatch(/^username: expected 1 to 256 characters .* got /);
  });

  it('L1 the refusal does not repeat the name', () => {
    expect(refusal(() => checkUsername('hunter2\u0000'))).not.toContain('hunter2');
  });
});

describe('checkLabel', () => {
  it('takes none, and 1 to 256 characters', () => {
    expect(checkLabel(undefined)).toBeUndefined();
    expect(checkLabel('CI of the greenhouse')).toBe('CI of the greenhouse');
    expect(checkLabel('x'.repeat(256))).toHaveLength(256);
  });

  it.each([[''], ['x'.repeat(257)], ['a\nb'], ['a\ud800'], [null], [5], [{}]])('refuses %p', (label) => {
    expect(refusal(() => checkLabel(label))).toMatch(/^label: expected /);
  });
});

describe('checkDetails', () => {
  it('takes none, and an object without any as none', () => {
    expect(checkDetails(undefined)).toBeUndefined();
    expect(checkDetails({})).toBeUndefined();
    expect(checkDetails({ ip: undefined })).toBeUndefined();
  });

  it('answers a frozen copy of flat strings, own keys too, without the absent ones', () => {
    const given = { userAgent: 'curl/8', ip: '::1', label: undefined, colour: 'green' };
    const details = checkDetails(given)!;
    given.ip = 'changed';
    expect({ ...details }).toEqual({ userAgent: 'curl/8', ip: '::1', colour: 'green' });
    expect(Object.isFrozen(details)).toBe(true);
  });

  it('P1 keeps a key such as __proto__ as data, in an object without a prototype', () => {
    const details = checkDetails(JSON.parse('{"__proto__": "polluted", "constructor": "x"}'))!;
    expect(Object.getPrototypeOf(details)).toBeNull();
    expect(Object.keys(details)).toEqual(['__proto__', 'constructor']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('P1 takes nothing that is only inherited', () => {
    const given: unknown = Object.assign(Object.create({ ip: '10.0.0.1' }) as object, { label: 'mine' });
    expect(Object.keys(checkDetails(given)!)).toEqual(['label']);
  });

  it.each([[null], ['text'], [5], [true], [[]], [['a']]])('refuses %p, which is no object', (given) => {
    expect(refusal(() => checkDetails(given))).toMatch(/^details: expected an object/);
  });

  it.each([[null], [5], [true], [{}], [['a']], [new Date(0)]])(
    'refuses %p, which is no flat string',
    (value) => {
      expect(refusal(() => checkDetails({ label: value }))).toMatch(/^details: expected flat strings/);
    },
  );

  it('D1 takes 2 KiB of UTF-8, keys counted, and no byte more', () => {
    expect(checkDetails({ label: 'x'.repeat(2043) })!.label).toHaveLength(2043);
    expect(refusal(() => checkDetails({ label: 'x'.repeat(2044) }))).toMatch(/at most 2048 bytes/);
    expect(checkDetails({ label: 'é'.repeat(1021) })!.label).toHaveLength(1021);
    refusal(() => checkDetails({ label: 'é'.repeat(1022) }));
    refusal(() => checkDetails({ a: 'x'.repeat(1024), b: 'x'.repeat(1024) }));
    refusal(() => checkDetails({ ['k'.repeat(2049)]: '' }));
  });
});

describe('formatJti and parseJti', () => {
  it('name the session, the type and the generation', () => {
    expect(formatJti(ID, TokenType.Access, 0)).toBe(`${ID}.a0`);
    expect(formatJti(ID, TokenType.Refresh, 3)).toBe(`${ID}.r3`);
  });

  it('J12 read back what was written, for any id, type and generation', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.constantFrom(TokenType.Access, TokenType.Refresh),
        fc.integer({ min: 0, max: MAX_GENERATION }),
        (bytes, type, generation) => {
          const id = Buffer.from(bytes).toString('base64url');
          expect(parseJti(formatJti(id, type, generation))).toEqual({ id, type, generation });
        },
      ),
    );
  });

  it.each([
    '',
    ID,
    `${ID}.`,
    `${ID}.a`,
    `${ID}.a00`,
    `${ID}.a01`,
    `${ID}.a-1`,
    `${ID}.a+1`,
    `${ID}.a1.5`,
    `${ID}.a1e3`,
    `${ID}.a0x1`,
    `${ID}.a1 `,
    ` ${ID}.a1`,
    `${ID}.a1\n`,
    `${ID}.A1`,
    `${ID}.x1`,
    `${ID}.p1`,
    `${ID}a1`,
    `${ID}.a123456789`,
    `${ID}.a١`,
    `${ID.slice(1)}.a1`,
    `${ID}A.a1`,
    `${ID.slice(1)}+.a1`,
    `${ID.slice(1)}=.a1`,
    `${ID}.a1.a1`,
  ])('J12 nothing else names a token of a session: %p', (jti) => {
    expect(parseJti(jti)).toBeUndefined();
  });
});

describe('agrees', () => {
  it('holds for a token that the record determines', () => {
    expect(agrees(record, claims())).toBe(true);
    expect(agrees(record, claims({ type: TokenType.Refresh }))).toBe(true);
  });

  it('holds for an opaque token, which carries neither a name nor times', () => {
    expect(agrees(record, claims({ username: undefined, times: undefined }))).toBe(true);
  });

  it('fails for another user, of whichever generation', () => {
    expect(agrees(record, claims({ username: 'mallory' }))).toBe(false);
    expect(agrees(record, claims({ username: 'mallory', generation: 2 }))).toBe(false);
    expect(agrees(record, claims({ username: 'mallory', times: undefined }))).toBe(false);
  });

  it("fails for times other than the record's, of its own generation", () => {
    const { issuedAt, expiresAt } = record;
    expect(agrees(record, claims({ times: { issuedAt: issuedAt - 1000, expiresAt } }))).toBe(false);
    expect(agrees(record, claims({ times: { issuedAt, expiresAt: expiresAt + 1000 } }))).toBe(false);
  });

  it("fails for an access token with the refresh token's expiry, and the reverse", () => {
    const { issuedAt, expiresAt, refreshExpiresAt } = record;
    expect(agrees(record, claims({ times: { issuedAt, expiresAt: refreshExpiresAt! } }))).toBe(false);
    expect(agrees(record, claims({ type: TokenType.Refresh, times: { issuedAt, expiresAt } }))).toBe(false);
  });

  it('asks only for the user of the predecessor, whose times are its own', () => {
    const times = { issuedAt: NOW - 50_000, expiresAt: NOW + 850_000 };
    expect(agrees(record, claims({ generation: 2, times }))).toBe(true);
  });
});

describe('sessionInfo', () => {
  it('says what the token and the record say, frozen', () => {
    const info = sessionInfo(record, claims({ issuer: 'iss', audience: 'aud' }));
    expect(info).toEqual({
      username: 'alice',
      type: 'access',
      jti: `${ID}.a3`,
      sessionId: ID,
      issuedAt: new Date(NOW),
      createdAt: new Date(NOW - 50_000),
      lastAccessed: new Date(NOW + 1000),
      expiresAt: new Date(NOW + 900_000),
      issuer: 'iss',
      audience: 'aud',
    });
    expect(Object.isFrozen(info)).toBe(true);
    expect(Object.getPrototypeOf(info)).toBe(Object.prototype);
  });

  it('leaves out what an opaque token has not', () => {
    const info = sessionInfo(record, claims({ username: undefined, times: undefined }));
    expect(info).not.toHaveProperty('issuer');
    expect(info).not.toHaveProperty('audience');
    expect(info.expiresAt).toEqual(new Date(record.expiresAt));
  });

  it('of a predecessor in grace tells its signed expiry, or else the end of the grace', () => {
    const times = { issuedAt: NOW - 50_000, expiresAt: NOW + 850_000 };
    expect(sessionInfo(record, claims({ generation: 2, times })).expiresAt).toEqual(new Date(NOW + 850_000));
    const opaque = claims({ generation: 2, times: undefined, username: undefined });
    expect(sessionInfo(record, opaque).expiresAt).toEqual(new Date(NOW + 10_000));
  });
});

describe('sessionTokens', () => {
  const tokens = { accessToken: 'an access token', refreshToken: 'a refresh token' };

  it('is one frozen shape', () => {
    const answer = sessionTokens(record, tokens, NOW, {});
    expect(answer).toEqual({
      ...tokens,
      tokenType: 'Bearer',
      sessionId: ID,
      expiresIn: 900,
      expiresAt: new Date(NOW + 900_000),
      refreshExpiresAt: new Date(NOW + 86_400_000),
      reused: false,
      evicted: [],
    });
    expect(Object.isFrozen(answer)).toBe(true);
  });

  it('leaves out the refresh token where there is none', () => {
    const opaque = { ...record, refreshExpiresAt: undefined };
    const answer = sessionTokens(opaque, { accessToken: 'an access token' }, NOW, { reused: true });
    expect(answer).not.toHaveProperty('refreshToken');
    expect(answer).not.toHaveProperty('refreshExpiresAt');
    expect(answer.reused).toBe(true);
  });

  it('tells which sessions had to go', () => {
    expect(sessionTokens(record, tokens, NOW, { evicted: ['x'] }).evicted).toEqual(['x']);
  });

  it('rounds the seconds left down, and never below 0', () => {
    expect(sessionTokens(record, tokens, NOW + 1, {}).expiresIn).toBe(899);
    expect(sessionTokens(record, tokens, NOW + 899_001, {}).expiresIn).toBe(0);
    expect(sessionTokens(record, tokens, NOW + 901_000, {}).expiresIn).toBe(0);
  });

  it('expiresIn of a fresh session is exactly the timeout, at any moment', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8_000_000_000_000 }),
        fc.integer({ min: 1, max: 315_360_000 }),
        (now, sessionTimeout) => {
          const times = tokenTimes(resolvePolicy('token', { sessionTimeout }), now);
          expect(sessionTokens({ ...record, ...times }, tokens, now, {}).expiresIn).toBe(sessionTimeout);
        },
      ),
    );
  });
});

describe('listedSession', () => {
  it('R4 shows a session without anything that logs in', () => {
    expect(listedSession({ ...record, details: { ip: '::1' }, attempt: 'an-attempt' }, NOW)).toEqual({
      sessionId: ID,
      createdAt: new Date(NOW - 50_000),
      authenticatedAt: new Date(NOW - 50_000),
      issuedAt: new Date(NOW),
      lastAccessed: new Date(NOW + 1000),
      expiresAt: new Date(NOW + 900_000),
      refreshExpiresAt: new Date(NOW + 86_400_000),
      active: true,
      details: { ip: '::1' },
    });
  });

  it('tells whether its access token still validates, leeway included', () => {
    expect(listedSession(record, record.activeUntil - 1).active).toBe(true);
    expect(listedSession(record, record.activeUntil).active).toBe(false);
  });

  it('leaves out what the session has not', () => {
    const opaque = { ...record, refreshExpiresAt: undefined };
    const listed = listedSession(opaque, NOW);
    expect(listed).not.toHaveProperty('refreshExpiresAt');
    expect(listed).not.toHaveProperty('details');
  });
});
