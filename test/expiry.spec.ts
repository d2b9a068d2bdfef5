import { describe, expect, it } from '@jest/globals';
import { SessionManager } from 'nestjs-session-manager';
import { ADAPTERS } from './support/adapters.js';
import { testClock } from './support/test-clock.js';
import { useTestApps } from './support/use-test-apps.js';

/** With `cleanup: false`, as every test application here: E5, nothing depends on it. */
describe.each(ADAPTERS)('Expiry on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('E5 an access token ends with its time-out and the leeway', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, sessionTimeout: 60 } });
    const { access_token, expires_in } = await app.login();
    expect(expires_in).toBe(60);
    clock.advance(61);
    await app.me(access_token).expect(200);
    clock.advance(1);
    await app.me(access_token).expect(401);
  });

  it('E1 using a token does not prolong it', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, sessionTimeout: 60 } });
    const { access_token } = await app.login();
    for (let i = 0; i < 6; i++) {
      await app.me(access_token).expect(200);
      clock.advance(10);
    }
    clock.advance(2);
    await app.me(access_token).expect(401);
  });

  it('E5 a refresh token outlives the access token, and ends too', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, sessionTimeout: 60, refreshTimeout: 600 } });
    const { access_token, refresh_token } = await app.login();
    clock.advance(601);
    await app.me(access_token).expect(401);
    const renewed = await app.refresh(refresh_token);
    await app.me(renewed.access_token).expect(200);
    clock.advance(602);
    await app.tryRefresh(renewed.refresh_token).expect(401);
  });

  it('E6 what validates is counted, and what is counted validates', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, sessionTimeout: 60 } });
    const { access_token } = await app.login();
    const sessions = app.app.get(SessionManager);
    for (const seconds of [0, 59, 1, 1, 1, 1]) {
      clock.advance(seconds);
      const { status } = await app.me(access_token);
      expect(await sessions.nActiveSessions()).toBe(status === 200 ? 1 : 0);
    }
    expect(await sessions.hasLoggedUser()).toBe(false);
  });

  it('lists a session that only a refresh would revive as inactive, and an expired one not at all', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, sessionTimeout: 60, refreshTimeout: 600 } });
    const lapsed = await app.login();
    clock.advance(300);
    const current = await app.login();
    const first = await app.send('get', '/auth/sessions', current.access_token).expect(200);
    expect(first.body).toMatchObject([
      { session_id: lapsed.session_id, active: false, current: false },
      { session_id: current.session_id, active: true, current: true },
    ]);
    clock.advance(400);
    const renewed = await app.refresh(current.refresh_token);
    const second = await app.send('get', '/auth/sessions', renewed.access_token).expect(200);
    expect(second.body).toMatchObject([{ session_id: current.session_id }]);
  });

  it('E5 an API token ends with its expiration, in seconds or as a moment', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock } });
    const { access_token } = await app.login();
    const moment = new Date(clock() + 120_000).toISOString();
    const short = await app.createApiToken(access_token, { expiration: 60 });
    const long = await app.createApiToken(access_token, { expiration: moment });
    expect(long).toMatchObject({ expires_at: moment });
    clock.advance(59);
    await app.send('get', '/datasets', short.api_token).expect(200);
    // An API token that has expired is refused at once or after the leeway; well beyond it, always.
    clock.advance(10);
    await app.send('get', '/datasets', short.api_token).expect(401);
    await app.send('get', '/datasets', long.api_token).expect(200);
    clock.advance(60);
    await app.send('get', '/datasets', long.api_token).expect(401);
  });
});
