import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { ADAPTERS } from './support/adapters.js';
import { forge } from './support/forge.js';
import { statusOf } from './support/raw-request.js';
import { testClock } from './support/test-clock.js';
import { useTestApp, useTestApps } from './support/use-test-apps.js';

describe.each(ADAPTERS)('Credentials on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);
  const theApp = useTestApp(makeAdapter);

  it.each([undefined, 'Basic YWxpY2U6eA==', 'Bearers x'])(
    'H1 answers %p, which is no credential, with a bare challenge',
    async (authorization) => {
      const app = theApp();
      const sent = request(app.url).get('/auth/me');
      if (authorization !== undefined) sent.set('Authorization', authorization);
      const { headers, body } = await sent.expect(401);
      expect(headers['www-authenticate']).toBe('Bearer');
      expect(body).toEqual({ statusCode: 401, message: 'Unauthorized' });
    },
  );

  it.each([
    ['an empty', 'Bearer'],
    ['a malformed', 'Bearer x'],
    ['a lower-case', 'bearer x.y.z'],
    ['an oversized', `Bearer ${'x'.repeat(9000)}`],
  ])('H2 answers %s Bearer with invalid_token', async (_name, authorization) => {
    const app = theApp();
    const { headers } = await request(app.url)
      .get('/auth/me')
      .set('Authorization', authorization)
      .expect(401);
    expect(headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it('H3 answers an unknown, a revoked, an expired and a forged token alike', async () => {
    const clock = testClock();
    const app = await apps.open({ session: { clock } });
    const elsewhere = await (await apps.open({ session: { clock } })).login();
    const expired = await app.login();
    clock.advance(1000);
    const revoked = await app.login();
    await app.send('post', '/auth/logout', revoked.access_token).expect(204);
    const forged = forge((await app.login()).access_token);
    const refresh = (await app.login()).refresh_token;
    const answers = [];
    for (const token of [
      elsewhere.access_token,
      expired.access_token,
      revoked.access_token,
      forged,
      refresh,
    ]) {
      const { status, text, headers } = await app.me(token);
      answers.push([status, text, headers['www-authenticate']]);
    }
    expect(answers).toEqual(
      Array(5).fill([401, '{"statusCode":401,"message":"Unauthorized"}', 'Bearer error="invalid_token"']),
    );
  });

  it('T6 takes no token from the URL or a body', async () => {
    const app = theApp();
    const { access_token } = await app.login();
    for (const name of ['access_token', 'token', 'authorization']) {
      const { headers } = await app
        .me()
        .query({ [name]: access_token })
        .expect(401);
      expect(headers['www-authenticate']).toBe('Bearer');
      await app
        .send('post', '/auth/api-tokens')
        .send({ [name]: access_token })
        .expect(401);
    }
  });

  it('T7 refuses a doubled header, both copies good or not', async () => {
    const app = theApp();
    const { access_token } = await app.login();
    const headers = [`Bearer ${access_token}`, 'Bearer other'];
    for (const [method, path] of [
      ['GET', '/auth/me'],
      ['GET', '/datasets'],
      ['POST', '/auth/logout'],
    ] as const) {
      for (const authorization of [headers, [...headers].reverse()]) {
        expect(await statusOf(app.url + path, method, authorization)).toBe(400);
      }
    }
    await app.me(access_token).expect(200);
  });

  it('J11 accepts no refresh token as a credential and no access token for a refresh', async () => {
    const app = theApp();
    const { access_token, refresh_token } = await app.login();
    const api = await app.createApiToken(access_token);
    await app.me(refresh_token).expect(401);
    await app.me(api.api_token).expect(401);
    await app.tryRefresh(access_token).expect(401);
    await app.tryRefresh(api.api_token).expect(401);
    await app.me(access_token).expect(200);
  });
});
