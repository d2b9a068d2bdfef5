import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { testClock } from './support/test-clock.js';
import { useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('Rotation and grace on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('replaces both tokens and keeps the session', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock } });
    const first = await app.login();
    clock.advance(60);
    const second = await app.refresh(first.refresh_token);
    expect(second).toMatchObject({ session_id: first.session_id, expires_in: 900 });
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await app.me(second.access_token).expect(200);
  });

  it('F2 gives 20 concurrent refreshes one successor', async () => {
    const app = await apps.open();
    const { access_token, refresh_token } = await app.login();
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.refresh(refresh_token)));
    expect(new Set(answers.map((tokens) => tokens.access_token)).size).toBe(1);
    expect(new Set(answers.map((tokens) => tokens.refresh_token)).size).toBe(1);
    const { body } = await app.send('get', '/auth/sessions', access_token).expect(200);
    expect(body).toHaveLength(1);
  });

  it('F3 honours the immediate predecessor within the grace window', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, refreshGrace: 10 } });
    const first = await app.login();
    const second = await app.refresh(first.refresh_token);
    clock.advance(9);
    await app.me(first.access_token).expect(200);
    const again = await app.refresh(first.refresh_token);
    expect(again.access_token).toBe(second.access_token);
    expect(again.refresh_token).toBe(second.refresh_token);
  });

  it('F3 honours no older one, even within the window', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, refreshGrace: 10 } });
    const first = await app.login();
    const second = await app.refresh(first.refresh_token);
    await app.refresh(second.refresh_token);
    await app.me(first.access_token).expect(401);
    await app.me(second.access_token).expect(200);
    await app.tryRefresh(first.refresh_token).expect(401);
  });

  it('F4 does not extend the window by its use', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock, refreshGrace: 10 } });
    const { refresh_token, access_token } = await app.login();
    await app.refresh(refresh_token);
    clock.advance(9);
    await app.refresh(refresh_token);
    clock.advance(1);
    await app.me(access_token).expect(401);
    await app.tryRefresh(refresh_token).expect(401);
  });
});
