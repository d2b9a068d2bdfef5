import { describe, expect, it } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { ROUTES } from './support/routes.js';
import { useTestApp } from './support/use-test-apps.js';

describe.each(ADAPTERS)('OpenAPI on %s', (_, makeAdapter) => {
  const theApp = useTestApp(makeAdapter);

  it('describes every route, and no other', async () => {
    const app = theApp();
    const { body } = await app.send('get', '/docs-json').expect(200);
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(ROUTES.map(({ method, template }) => `${method} ${template}`).sort());
  });

  it('names what the bodies of login and API tokens may hold', async () => {
    const app = theApp();
    const { schemas } = (await app.send('get', '/docs-json').expect(200)).body.components;
    expect(schemas.LoginDto.required).toEqual(['username', 'password']);
    expect(Object.keys(schemas.CreateApiTokenDto.properties)).toEqual(['expiration', 'datasets', 'label']);
    expect(schemas.TokenResponse.required).toEqual([
      'access_token',
      'token_type',
      'expires_in',
      'session_id',
    ]);
  });

  it('is where the root leads, whoever asks', async () => {
    const { headers } = await theApp().send('get', '/').expect(302);
    expect(new URL(headers.location!, `${theApp().url}/`).pathname).toBe('/docs');
  });

  it('has a page that loads nothing from elsewhere', async () => {
    const app = theApp();
    const { text } = await app.send('get', '/docs').expect(200);
    expect(text).toContain('swagger-ui');
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
