import { describe, expect, it } from '@jest/globals';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock } from '../../src/testing/manual-clock.js';
import { keyPair } from '../support/key-pairs.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { jwtManager, opaqueManager } from '../support/managers.js';

const MINUTE = 60_000;

/** What a JWT carries, unverified. */
function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
}

describe('how a user proved who they are', () => {
  it.each(['token', 'jwt'] as const)('is told by validation and by the list, under %s', async (strategy) => {
    const clock = manualClock();
    const make = strategy === 'jwt' ? jwtManager : opaqueManager;
    const manager = await make({ clock });
    const authenticatedAt = new Date(clock() - 5 * MINUTE + 300);
    const told = new Date(clock() - 5 * MINUTE);
    const { accessToken } = (await manager.createSession(
      'alice',
      {},
      { authenticatedAt, acr: 'loa-2', amr: ['pwd', 'otp'] },
    ))!;
    expect(await manager.validateSession(accessToken)).toMatchObject({ authenticatedAt: told });
    expect((await manager.listSessions('alice'))[0]!.authenticatedAt).toEqual(told);
  });

  it('is the login where nobody said so, and then no request is told', async () => {
    const manager = await jwtManager();
    const { accessToken } = (await manager.createSession('alice'))!;
    expect(await manager.validateSession(accessToken)).not.toHaveProperty('authenticatedAt');
    expect(claimsOf(accessToken)).not.toHaveProperty('auth_time');
    const [session] = await manager.listSessions('alice');
    expect(session!.authenticatedAt).toEqual(session!.createdAt);
  });

  it('access tokens carry it as auth_time, in whole seconds, and a refresh keeps it (RFC 9068 §2.2.1)', async () => {
    const clock = manualClock();
    const manager = await jwtManager({ clock });
    const authenticatedAt = new Date(clock() - MINUTE);
    const first = (await manager.createSession('alice', undefined, { authenticatedAt }))!;
    clock.advance(30);
    const second = (await manager.refreshSession(first.refreshToken))!;
    for (const { accessToken } of [first, second]) {
      expect(claimsOf(accessToken).auth_time).toBe(authenticatedAt.getTime() / 1000);
      expect(await manager.validateSession(accessToken)).toMatchObject({ authenticatedAt });
    }
    expect(claimsOf(second.refreshToken!)).not.toHaveProperty('auth_time');
  });

  it('a verifier tells it by the token alone', async () => {
    const { privateKey } = keyPair('EdDSA');
    const parties = { issuer: 'a', audience: 'b', logger: new MemoryLogger() };
    const issuer = await jwtManager({ ...parties, signing: { algorithm: 'EdDSA', privateKey } });
    const authenticatedAt = new Date(Math.floor(Date.now() / 1000) * 1000 - MINUTE);
    const { accessToken } = (await issuer.createSession('alice', {}, { authenticatedAt }))!;
    const verifier = createSessionVerifier({ ...parties, jwks: issuer.keys.publicKeys() });
    expect(await verifier.validateSession(accessToken)).toMatchObject({ authenticatedAt });
  });

  it('J3 a token that says otherwise than its session is refused', async () => {
    const store = new MemorySessionStore();
    const manager = await jwtManager({ store });
    const { accessToken, sessionId } = (await manager.createSession(
      'alice',
      {},
      { authenticatedAt: new Date() },
    ))!;
    const record = store.find(sessionId, Date.now())!;
    const other = { ...record, authenticatedAt: record.authenticatedAt! - MINUTE };
    store.revoke(sessionId, 'logout', {}, Date.now());
    store.create(
      other,
      { max: 9, maxPerUser: 9, onLimit: 'reject', onUserLimit: 'reject', reuseExisting: false },
      Date.now(),
    );
    await expect(manager.validateSession(accessToken)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  });

  it.each([
    ['no object', 'pwd'],
    ['a list', []],
    ['a text for a moment', { authenticatedAt: '2026-01-01T00:00:00Z' }],
    ['seconds for a moment', { authenticatedAt: 1_700_000_000 }],
    ['an invalid moment', { authenticatedAt: new Date(Number.NaN) }],
    ['a moment to come', { authenticatedAt: new Date(Date.now() + 2 * MINUTE) }],
    ['a moment before time', { authenticatedAt: new Date(-1) }],
    ['a class of two words', { acr: 'two words' }],
    ['a class of 65 letters', { acr: 'a'.repeat(65) }],
    ['a method that is a text', { amr: 'pwd' }],
    ['nine methods', { amr: Array.from({ length: 9 }, () => 'pwd') }],
    ['a method that is empty', { amr: [''] }],
    ['a method that is left out', { amr: Object.assign([], { 1: 'pwd' }) }],
    ['methods that map themselves to others', { amr: Object.assign(['two words'], { map: () => ['pwd'] }) }],
  ])('refuses %s, and nobody is logged in', async (_, authentication) => {
    const manager = await opaqueManager();
    const login = manager.createSession('alice', {}, authentication as object);
    await expect(login).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await manager.nActiveSessions()).toBe(0);
  });

  it('takes the clock of another machine that is a minute ahead for now', async () => {
    const clock = manualClock();
    const manager = await opaqueManager({ clock });
    await manager.createSession('alice', {}, { authenticatedAt: new Date(clock() + MINUTE) });
    expect((await manager.listSessions('alice'))[0]!.authenticatedAt).toEqual(
      new Date(Math.floor(clock() / 1000) * 1000),
    );
  });
});
