import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { useTestApp, useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('Login on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);
  const theApp = useTestApp(makeAdapter);

  it('answers 200 with the names of RFC 6749 §5.1', async () => {
    const app = theApp();
    const { body } = await app.tryLogin('alice').expect(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: expect.any(String),
      session_id: expect.stringMatching(/^[\w-]{22}$/),
    });
  });

  it('opens the API for who logged in', async () => {
    const app = theApp();
    const { access_token, session_id } = await app.login('bob');
    const { body } = await app.me(access_token).expect(200);
    expect(body).toEqual({ username: 'bob', role: 'reader', session_id, expires_at: expect.any(String) });
  });

  it('gives each login a session of its own, with what tells them apart', async () => {
    const app = await apps.open();
    const first = await app.login();
    await app
      .tryLogin('alice')
      .set('User-Agent', `a phone ${'x'.repeat(5000)}`)
      .expect(200);
    const { body } = await app.send('get', '/auth/sessions', first.access_token).expect(200);
    expect(body).toHaveLength(2);
    expect(body[0]).toMatchObject({ session_id: first.session_id, current: true, active: true });
    expect(body[1]).toMatchObject({
      current: false,
      details: { userAgent: expect.stringMatching(/^a phone x+$/), ip: '127.0.0.1' },
    });
  });

  it('answers an unknown user and a wrong password alike', async () => {
    const app = theApp();
    const unknown = await app.tryLogin('nobody', 'the password of alice').expect(401);
    const wrong = await app.tryLogin('alice', 'the password of nobody').expect(401);
    expect(unknown.text).toBe(wrong.text);
    expect(unknown.headers['www-authenticate']).toBe('Bearer');
    expect(Object.keys(unknown.headers)).toEqual(Object.keys(wrong.headers));
  });

  it.each(['__proto__', 'constructor', 'toString'])('P1 knows no user %s', async (username) => {
    const app = theApp();
    await app.tryLogin(username, 'x').expect(401);
  });

  it('limits attempts, and nothing but attempts', async () => {
    const app = await apps.open({ loginsPerMinute: 2 });
    const { access_token } = await app.login();
    await app.tryLogin('alice', 'wrong').expect(401);
    await app.tryLogin('alice').expect(429);
    for (let i = 0; i < 4; i++) await app.me(access_token).expect(200);
  });

  it('T9 answers with tokens that no cache may keep', async () => {
    const app = theApp();
    const login = await app.tryLogin('alice');
    const answers = [
      login,
      await app.tryRefresh(login.body.refresh_token).expect(200),
      await app.send('post', '/auth/api-tokens', login.body.access_token).send({}).expect(201),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    }
  });
});
