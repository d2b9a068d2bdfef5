import { describe, expect, it } from '@jest/globals';
import { SessionManager } from 'nestjs-session-manager';
import { ADAPTERS } from './support/adapters.js';
import { testClock } from './support/test-clock.js';
import { useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('The limit on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('C1 admits exactly 3 of 100 parallel logins', async () => {
    const app = await apps.open({ session: { maxConcurrentSessions: 3 } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => app.tryLogin('alice')));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(3).fill(200), ...Array(97).fill(429)]);
    expect(await app.app.get(SessionManager).nActiveSessions()).toBe(3);
    const winner = answers.find(({ status }) => status === 200);
    const { body } = await app.send('get', '/auth/sessions', winner?.body.access_token).expect(200);
    expect(body).toHaveLength(3);
  });

  it('counts over all users', async () => {
    const app = await apps.open({ session: { maxConcurrentSessions: 1 } });
    await app.login('alice');
    await app.tryLogin('bob').expect(429, { statusCode: 429, message: 'Too many active sessions' });
  });

  it('frees a slot at logout', async () => {
    const app = await apps.open({ session: { maxConcurrentSessions: 1 } });
    const { access_token } = await app.login('alice');
    await app.send('post', '/auth/logout', access_token).expect(204);
    await app.login('bob');
  });

  it('C2 frees a slot at expiry, with the clean-up off', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { maxConcurrentSessions: 1, clock } });
    await app.login('alice');
    // The leeway of 2 seconds still belongs to the session: what validates is counted.
    clock.advance(901);
    await app.tryLogin('bob').expect(429);
    clock.advance(1);
    await app.login('bob');
  });

  it('F7 answers a refresh that finds no slot with 429, and the token stays good', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { maxConcurrentSessions: 1, clock } });
    const lapsed = await app.login('alice');
    clock.advance(1000);
    const other = await app.login('bob');
    await app.tryRefresh(lapsed.refresh_token).expect(429);
    await app.send('post', '/auth/logout', other.access_token).expect(204);
    const { session_id } = await app.refresh(lapsed.refresh_token);
    expect(session_id).toBe(lapsed.session_id);
  });

  it('lets an active session refresh while full', async () => {
    const app = await apps.open({ session: { maxConcurrentSessions: 1 } });
    const { refresh_token } = await app.login('alice');
    await app.refresh(refresh_token);
  });
});
