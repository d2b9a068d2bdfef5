import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FileApiTokenStore, MemorySessionStore, SessionManager } from 'nestjs-session-manager';
import { ADAPTERS } from './support/adapters.js';
import { testClock } from './support/test-clock.js';
import { useTestApp, useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('Revocation on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);
  const theApp = useTestApp(makeAdapter);
  afterEach(() => void jest.restoreAllMocks());

  it('R1 logout acts on the next request and ends the refresh token too', async () => {
    const app = theApp();
    const { access_token, refresh_token } = await app.login();
    await app.send('post', '/auth/logout', access_token).expect(204);
    await app.me(access_token).expect(401);
    await app.tryRefresh(refresh_token).expect(401);
  });

  it('R1 logout takes any token of the session, an expired one too', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock } });
    const { access_token, refresh_token } = await app.login();
    clock.advance(1000);
    await app.send('post', '/auth/logout', access_token).expect(204);
    await app.tryRefresh(refresh_token).expect(401);
  });

  it('R5 logout answers 204 whatever the token is worth, and twice', async () => {
    const app = theApp();
    const { access_token } = await app.login();
    for (const token of [undefined, 'garbage', access_token, access_token]) {
      await app.send('post', '/auth/logout', token).expect(204);
    }
    await app
      .send('post', '/auth/logout')
      .set('Content-Type', 'application/json')
      .send('{"never read')
      .expect(204);
  });

  it('logout does not end an API token', async () => {
    const app = theApp();
    const { api_token } = await app.createApiToken((await app.login()).access_token);
    await app.send('post', '/auth/logout', api_token).expect(204);
    await app.send('get', '/datasets', api_token).expect(200);
  });

  it('R5 R6 answers 503 while the store is down, and the session lives', async () => {
    const app = theApp();
    const { access_token, session_id } = await app.login();
    jest.spyOn(MemorySessionStore.prototype, 'revoke').mockImplementation(() => {
      throw new Error('the disk is on fire');
    });
    const { headers, text } = await app.send('post', '/auth/logout', access_token).expect(503);
    expect(headers['retry-after']).toMatch(/^\d+$/);
    expect(text).not.toContain('fire');
    await app.send('delete', `/auth/sessions/${session_id}`, access_token).expect(503);
    jest.restoreAllMocks();
    await app.me(access_token).expect(200);
  });

  it('H4 answers 503 and not 401 while the store cannot say', async () => {
    const app = theApp();
    const { access_token } = await app.login();
    jest.spyOn(MemorySessionStore.prototype, 'access').mockImplementation(() => {
      throw new Error('the disk is on fire');
    });
    const { headers } = await app.me(access_token).expect(503);
    expect(headers['retry-after']).toMatch(/^\d+$/);
    expect(headers['www-authenticate']).toBeUndefined();
  });

  it('R6 answers 503 when an API token could not be revoked', async () => {
    const app = theApp();
    const { access_token } = await app.login();
    const { jti, api_token } = await app.createApiToken(access_token);
    jest.spyOn(FileApiTokenStore.prototype, 'revoke').mockRejectedValue(new Error('the disk is full'));
    await app.send('delete', `/auth/api-tokens/${jti}`, access_token).expect(503);
    jest.restoreAllMocks();
    await app.send('get', '/datasets', api_token).expect(200);
  });

  it('R1 ends one of my sessions by its id', async () => {
    const app = theApp();
    const mine = await app.login();
    const phone = await app.login();
    await app.send('delete', `/auth/sessions/${phone.session_id}`, mine.access_token).expect(204);
    await app.me(phone.access_token).expect(401);
    await app.tryRefresh(phone.refresh_token).expect(401);
    await app.me(mine.access_token).expect(200);
    await app.send('delete', `/auth/sessions/${phone.session_id}`, mine.access_token).expect(404);
  });

  it("answers 404 for another user's session, like for one that never was, and leaves it", async () => {
    const app = theApp();
    const alice = await app.login('alice');
    const bob = await app.login('bob');
    const theirs = await app
      .send('delete', `/auth/sessions/${alice.session_id}`, bob.access_token)
      .expect(404);
    const none = await app
      .send('delete', '/auth/sessions/AAAAAAAAAAAAAAAAAAAAAA', bob.access_token)
      .expect(404);
    expect(theirs.text).toBe(none.text);
    await app.me(alice.access_token).expect(200);
  });

  it('R3 ends all of my sessions but this one, and none of others', async () => {
    const app = await apps.open();
    const [mine, phone, tablet, bob] = [
      await app.login(),
      await app.login(),
      await app.login(),
      await app.login('bob'),
    ];
    const { api_token } = await app.createApiToken(phone.access_token);
    const { body } = await app.send('delete', '/auth/sessions', mine.access_token).expect(200);
    expect(body).toEqual({ sessions: 2 });
    for (const { access_token, refresh_token } of [phone, tablet]) {
      await app.me(access_token).expect(401);
      await app.tryRefresh(refresh_token).expect(401);
    }
    await app.me(mine.access_token).expect(200);
    await app.me(bob.access_token).expect(200);
    await app.send('get', '/datasets', api_token).expect(200);
  });

  it('R2 ends all sessions, refresh and API tokens of a user together', async () => {
    const app = await apps.open();
    const bob = await app.login('bob');
    const mine = [await app.login(), await app.login()];
    const { api_token } = await app.createApiToken(mine[0]!.access_token);
    const ended = await app.app.get(SessionManager).invalidateAllSessions('alice');
    expect(ended).toEqual({ sessions: 2, apiTokens: 1 });
    for (const { access_token, refresh_token } of mine) {
      await app.me(access_token).expect(401);
      await app.tryRefresh(refresh_token).expect(401);
    }
    await app.send('get', '/datasets', api_token).expect(401);
    await app.me(bob.access_token).expect(200);
  });

  it('R1 ends an API token by its jti', async () => {
    const app = theApp();
    const { access_token } = await app.login();
    const gone = await app.createApiToken(access_token);
    const kept = await app.createApiToken(access_token);
    await app.send('delete', `/auth/api-tokens/${gone.jti}`, access_token).expect(204);
    await app.send('get', '/datasets', gone.api_token).expect(401);
    await app.send('get', '/datasets', kept.api_token).expect(200);
    await app.send('delete', `/auth/api-tokens/${gone.jti}`, access_token).expect(404);
  });

  it("answers 404 for another user's API token, and leaves it", async () => {
    const app = theApp();
    const { jti, api_token } = await app.createApiToken((await app.login('alice')).access_token);
    const bob = await app.login('bob');
    await app.send('delete', `/auth/api-tokens/${jti}`, bob.access_token).expect(404);
    await app.send('get', '/datasets', api_token).expect(200);
  });

  it('R4 lists show no token, and none of others', async () => {
    const app = await apps.open();
    const alice = await app.login('alice');
    const bob = await app.login('bob');
    const api = await app.createApiToken(alice.access_token, { label: 'nightly' });
    const sessions = await app.send('get', '/auth/sessions', alice.access_token).expect(200);
    const apiTokens = await app.send('get', '/auth/api-tokens', alice.access_token).expect(200);
    expect(sessions.body.map((session: { session_id: string }) => session.session_id)).toEqual([
      alice.session_id,
    ]);
    expect(apiTokens.body).toEqual([
      expect.objectContaining({ jti: api.jti, label: 'nightly', expires_at: expect.any(String) }),
    ]);
    for (const token of [alice.access_token, alice.refresh_token, bob.access_token, api.api_token]) {
      const signature = token.slice(token.lastIndexOf('.') + 1);
      expect(sessions.text).not.toContain(signature);
      expect(apiTokens.text).not.toContain(signature);
    }
  });
});
