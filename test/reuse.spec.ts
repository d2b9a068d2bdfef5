import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { testClock } from './support/test-clock.js';
import { useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('Reuse of a refresh token on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('F1 ends the session, for the thief and for the victim', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock } });
    const stolen = await app.login();
    const current = await app.refresh(stolen.refresh_token);
    clock.advance(60);
    await app.me(current.access_token).expect(200);
    await app.tryRefresh(stolen.refresh_token).expect(401);
    await app.me(current.access_token).expect(401);
    await app.tryRefresh(current.refresh_token).expect(401);
  });

  it('F1 is immediate without a grace window', async () => {
    const app = await apps.open({ session: { refreshGrace: 0 } });
    const { refresh_token } = await app.login();
    const current = await app.refresh(refresh_token);
    await app.tryRefresh(refresh_token).expect(401);
    await app.me(current.access_token).expect(401);
  });

  it('F1 leaves the other sessions of the user alone', async () => {
    const app = await apps.open({ session: { refreshGrace: 0 } });
    const other = await app.login();
    const { refresh_token } = await app.login();
    await app.refresh(refresh_token);
    await app.tryRefresh(refresh_token).expect(401);
    await app.me(other.access_token).expect(200);
  });

  it('H3 answers reuse like any other bad refresh token', async () => {
    const app = await apps.open({ session: { refreshGrace: 0 } });
    const { refresh_token } = await app.login();
    await app.refresh(refresh_token);
    const reused = await app.tryRefresh(refresh_token).expect(401);
    const garbage = await app.tryRefresh('garbage').expect(401);
    expect(reused.text).toBe(garbage.text);
    expect(reused.headers['www-authenticate']).toBe(garbage.headers['www-authenticate']);
  });
});
