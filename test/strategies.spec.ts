import { describe, expect, it } from '@jest/globals';
import type { SessionStrategy } from 'nestjs-session-manager';
import { ADAPTERS } from './support/adapters.js';
import { testClock } from './support/test-clock.js';
import type { Tokens } from './support/test-app.js';
import { useTestApp, useTestApps } from './support/use-test-apps.js';

/** The token that a client of each strategy renews its session with. */
const renewalToken = ({ refresh_token, access_token }: Partial<Tokens>) =>
  refresh_token ?? access_token ?? '';

const STRATEGIES: readonly SessionStrategy[] = ['jwt', 'token', 'single'];

describe.each(ADAPTERS)('The same routes on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  describe.each(STRATEGIES)('under %s', (strategy) => {
    const theApp = useTestApp(makeAdapter, { strategy });

    it('log in, stay so and log out', async () => {
      const app = theApp();
      const first = await app.login();
      await app.me(first.access_token).expect(200);
      const second = await app.refresh(renewalToken(first));
      expect(second.session_id).toBe(first.session_id);
      await app.me(second.access_token).expect(200);
      await app.send('get', '/datasets/demo/files/measurements.csv', second.access_token).expect(200);
      await app.send('post', '/auth/logout', second.access_token).expect(204);
      await app.me(second.access_token).expect(401);
    });

    it('answer bad credentials alike', async () => {
      const app = theApp();
      const missing = await app.me().expect(401);
      const wrong = await app.me('wrong').expect(401);
      expect(missing.headers['www-authenticate']).toBe('Bearer');
      expect(wrong.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
      expect(wrong.text).toBe(missing.text);
      await app.tryRefresh('wrong').expect(401);
    });

    it('E5 end with the time-out', async () => {
      const clock = testClock();
      const app = await apps.open({ strategy, session: { clock, sessionTimeout: 60 } });
      const { access_token } = await app.login();
      clock.advance(59);
      await app.me(access_token).expect(200);
      clock.advance(10);
      await app.me(access_token).expect(401);
    });

    it('T9 keep tokens out of caches', async () => {
      const app = theApp();
      const login = await app.tryLogin('alice').expect(200);
      const refresh = await app.tryRefresh(renewalToken(login.body)).expect(200);
      for (const { headers } of [login, refresh]) expect(headers['cache-control']).toBe('no-store');
    });

    it('P1 hold the line against strange user names', async () => {
      const app = theApp();
      await app.tryLogin('__proto__', 'x').expect(401);
    });
  });

  it.each(['token', 'single'] as const)(
    'F1 renews the access token itself under %s, once',
    async (strategy) => {
      const app = await apps.open({ strategy });
      const first = await app.login();
      expect(first).not.toHaveProperty('refresh_token');
      expect(first.access_token).toMatch(/^[\w-]{48}$/);
      const second = await app.refresh(first.access_token);
      await app.me(first.access_token).expect(401);
      await app.tryRefresh(first.access_token).expect(401);
      await app.me(second.access_token).expect(200);
    },
  );

  it.each(['token', 'single'] as const)(
    'gives a second login the same session under %s',
    async (strategy) => {
      const app = await apps.open({ strategy });
      const first = await app.login();
      const second = await app.login();
      expect(second).toMatchObject({ access_token: first.access_token, session_id: first.session_id });
    },
  );

  it('C1 admits one of 50 parallel logins of two users under single', async () => {
    const app = await apps.open({ strategy: 'single' });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_unused, i) => app.tryLogin(i % 2 ? 'alice' : 'bob')),
    );
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(25);
    expect(new Set(winners.map(({ body }) => body.access_token)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });

  it.each(['token', 'single'] as const)('answers API tokens with 501 under %s', async (strategy) => {
    const app = await apps.open({ strategy });
    const { access_token } = await app.login();
    await app.send('post', '/auth/api-tokens', access_token).send({}).expect(501);
    await app.send('get', '/auth/api-tokens', access_token).expect(501);
    await app.send('delete', '/auth/api-tokens/x', access_token).expect(501);
    await app.send('post', '/auth/api-tokens').send({}).expect(401);
  });

  it('T4 accepts no token of another strategy, though the key is the same', async () => {
    const app = await apps.open({ strategy: 'jwt' });
    const jwt = await app.login();
    const again = await apps.reopen(app, { strategy: 'token' });
    await again.me(jwt.access_token).expect(401);
    await again.tryRefresh(jwt.refresh_token).expect(401);
    const opaque = await again.login();
    const last = await apps.reopen(again, { strategy: 'jwt' });
    await last.me(opaque.access_token).expect(401);
  });
});
