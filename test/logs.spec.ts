import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { forge } from './support/forge.js';
import { passwordOf } from './support/test-users.js';
import { useTestApps } from './support/use-test-apps.js';

/** C0 and C1 controls, ANSI's escape among them, and what turns the direction of text. */
// eslint-disable-next-line no-control-regex -- control characters are the subject
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

describe.each(ADAPTERS)('The logs on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('L1 hold no token, no key and no password', async () => {
    const app = await apps.open({ session: { refreshGrace: 0, maxConcurrentSessions: 2 } });
    const first = await app.login();
    const second = await app.refresh(first.refresh_token);
    const { api_token } = await app.createApiToken(second.access_token);
    const forged = forge(second.access_token);
    await app.me(forged).expect(401);
    await app.me(second.refresh_token).expect(401);
    await app.tryLogin('alice', 'a wrong password').expect(401);
    await app
      .send('post', '/auth/login')
      .set('Content-Type', 'application/json')
      .send('{"password":"a broken')
      .expect(400);
    await app.tryRefresh(first.refresh_token).expect(401);
    await app.me(second.access_token).expect(401);
    await app.login();
    await app.login('bob');
    await app.tryLogin('bob').expect(429);
    const log = app.logger.lines.join('\n');
    // The log did hear of all this.
    expect(log).toMatch(/used again/);
    expect(log).toMatch(/Reached max concurrent sessions limit \(2\)/);
    const tokens = [first, second].flatMap(({ access_token, refresh_token }) => [
      access_token,
      refresh_token,
    ]);
    for (const token of [...tokens, api_token, forged]) {
      expect(log).not.toContain(token.slice(token.lastIndexOf('.') + 1));
    }
    for (const secret of [passwordOf('alice'), 'a wrong password', 'a broken'])
      expect(log).not.toContain(secret);
  });

  it('L2 are one line an entry, whatever a client sends', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const nasty = 'a\r\nerror forged\u001b[31m\u202e';
    await app.tryLogin(nasty, nasty);
    await app
      .send('post', '/auth/api-tokens', access_token)
      .send({ label: nasty, datasets: { [nasty]: ['read'] } });
    await app.send('delete', `/auth/sessions/${encodeURIComponent(nasty)}`, access_token);
    await app.send('get', `/datasets/${encodeURIComponent(nasty)}/files`, access_token);
    await app.tryRefresh(nasty);
    const offending = app.logger.lines.filter((line) => UNPRINTABLE.test(line));
    expect(offending).toEqual([]);
    expect(app.logger.lines.join('\n')).not.toContain('forged');
  });
});
