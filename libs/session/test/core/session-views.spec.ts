import { describe, expect, it } from '@jest/globals';
import { agrees, listedSession, sessionInfo, sessionTokens } from '../../src/core/session-views.js';
import type { SessionClaims } from '../../src/core/token-codec.js';
import { TokenType } from '../../src/core/token-type.js';
import { SESSION_ID, sessionRecord, START } from '../support/records.js';

const record = sessionRecord({ generation: 3, previousUntil: START + 10_000 });

function sessionClaims(changes: Partial<SessionClaims> = {}): SessionClaims {
  return {
    type: TokenType.Access,
    id: SESSION_ID,
    generation: 3,
    jti: `${SESSION_ID}.a3`,
    username: 'alice',
    times: { issuedAt: record.issuedAt, expiresAt: record.expiresAt },
    ...changes,
  };
}

describe('agrees', () => {
  it('agrees with the token that the record determines, of either type', () => {
    expect(agrees(record, sessionClaims())).toBe(true);
    const times = { issuedAt: record.issuedAt, expiresAt: record.refreshExpiresAt! };
    expect(agrees(record, sessionClaims({ type: TokenType.Refresh, times }))).toBe(true);
  });

  it('J12 disagrees on another user, of any generation', () => {
    expect(agrees(record, sessionClaims({ username: 'mallory' }))).toBe(false);
    expect(agrees(record, sessionClaims({ username: 'mallory', generation: 2 }))).toBe(false);
    expect(agrees(record, sessionClaims({ username: 'mallory', times: undefined }))).toBe(false);
  });

  it('J12 disagrees on another iat or exp of the own generation', () => {
    const { issuedAt, expiresAt } = record;
    expect(agrees(record, sessionClaims({ times: { issuedAt: issuedAt - 1000, expiresAt } }))).toBe(false);
    expect(agrees(record, sessionClaims({ times: { issuedAt, expiresAt: expiresAt + 1000 } }))).toBe(false);
    expect(agrees(record, sessionClaims({ times: { issuedAt, expiresAt: record.refreshExpiresAt! } }))).toBe(
      false,
    );
    expect(agrees(record, sessionClaims({ type: TokenType.Refresh }))).toBe(false);
  });

  it('lets the predecessor have times of its own', () => {
    expect(agrees(record, sessionClaims({ generation: 2, times: { issuedAt: 0, expiresAt: 1000 } }))).toBe(
      true,
    );
  });

  it('asks nothing of a token that carries nothing', () => {
    expect(agrees(record, sessionClaims({ username: undefined, times: undefined }))).toBe(true);
  });
});

describe('sessionInfo', () => {
  it('says what the record and the token say, frozen and plain', () => {
    const info = sessionInfo(record, sessionClaims({ issuer: 'plantdb-api', audience: 'plantdb-client' }));
    expect(info).toEqual({
      username: 'alice',
      type: 'access',
      jti: `${SESSION_ID}.a3`,
      sessionId: SESSION_ID,
      issuedAt: new Date(START),
      createdAt: new Date(START),
      lastAccessed: new Date(START),
      expiresAt: new Date(START + 900_000),
      issuer: 'plantdb-api',
      audience: 'plantdb-client',
    });
    expect(Object.isFrozen(info)).toBe(true);
    expect(Object.getPrototypeOf(info)).toBe(Object.prototype);
  });

  it('has neither issuer nor audience for a token without them', () => {
    const info = sessionInfo(record, sessionClaims({ username: undefined, times: undefined }));
    expect('issuer' in info || 'audience' in info).toBe(false);
    expect(info.expiresAt).toEqual(new Date(record.expiresAt));
  });

  it('shows the end of the grace window as the expiry of a predecessor that carries none', () => {
    const info = sessionInfo(record, sessionClaims({ generation: 2, username: undefined, times: undefined }));
    expect(info.expiresAt).toEqual(new Date(START + 10_000));
  });

  it("shows the predecessor's signed expiry where it carries one", () => {
    const times = { issuedAt: START - 5000, expiresAt: START + 7000 };
    const info = sessionInfo(record, sessionClaims({ generation: 2, times }));
    expect([info.issuedAt, info.expiresAt]).toEqual([new Date(START - 5000), new Date(START + 7000)]);
  });

  it('shows nothing of the attempt and the generation', () => {
    const info = sessionInfo({ ...record, attempt: 'attempt-1' }, sessionClaims());
    expect(Object.keys(info)).not.toContain('attempt');
    expect(Object.keys(info)).not.toContain('generation');
  });
});

describe('sessionTokens', () => {
  it('is one shape, frozen', () => {
    const tokens = sessionTokens(record, { accessToken: 'A', refreshToken: 'R' }, START, {});
    expect(tokens).toEqual({
      accessToken: 'A',
      refreshToken: 'R',
      tokenType: 'Bearer',
      sessionId: SESSION_ID,
      expiresIn: 900,
      expiresAt: new Date(START + 900_000),
      refreshExpiresAt: new Date(START + 86_400_000),
      reused: false,
      evicted: [],
    });
    expect(Object.isFrozen(tokens)).toBe(true);
  });

  it('tells the seconds left rounded down and never less than none', () => {
    const left = (now: number) => sessionTokens(record, { accessToken: 'A' }, now, {}).expiresIn;
    expect([START, START + 1, START + 1000, START + 899_001, START + 900_001].map(left)).toEqual([
      900, 899, 899, 0, 0,
    ]);
  });

  it('has no refresh members without a refresh expiry', () => {
    const { refreshExpiresAt: _, ...opaque } = record;
    const tokens = sessionTokens(opaque, { accessToken: 'A' }, START, { reused: true, evicted: ['old'] });
    expect('refreshToken' in tokens || 'refreshExpiresAt' in tokens).toBe(false);
    expect([tokens.reused, tokens.evicted]).toEqual([true, ['old']]);
  });
});

describe('listedSession', () => {
  it('R4 shows when and from where, and nothing that names a token', () => {
    const details = { label: 'desk' };
    expect(listedSession({ ...record, attempt: 'attempt-1', details }, START)).toEqual({
      sessionId: SESSION_ID,
      createdAt: new Date(START),
      issuedAt: new Date(START),
      lastAccessed: new Date(START),
      expiresAt: new Date(START + 900_000),
      refreshExpiresAt: new Date(START + 86_400_000),
      active: true,
      details,
    });
  });

  it('tells a lapsed session apart from an active one, by activeUntil', () => {
    expect(listedSession(record, START + 901_999).active).toBe(true);
    expect(listedSession(record, START + 902_000).active).toBe(false);
  });
});
