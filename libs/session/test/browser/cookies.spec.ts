import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import { PLATFORMS } from '../support/nest-app.js';
import { describeInBrowser, launch } from './chromium.js';
import { startVictim } from './sites.js';

const SAME_SITE = { lax: 'Lax', strict: 'Strict', none: 'None' } as const;

describeInBrowser('Cookies in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  const cells = PLATFORMS.flatMap((platform) => [
    ...(['lax', 'strict', 'none'] as const).map((sameSite) => [platform, sameSite, '/'] as const),
    [platform, 'lax', '/refresh'] as const,
  ]);

  it.each(cells)(
    'B1 on %s, SameSite %s, refresh cookie for %s: login, me, refresh and logout leave exactly these',
    async (platform, sameSite, refreshPath) => {
      const victim = await startVictim(platform, new CookieTransport({ sameSite, refreshPath }));
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await page.goto(victim.origin);

      const common = { domain: 'app.site.test', httpOnly: true, secure: true, sameSite: SAME_SITE[sameSite] };
      const refresh = refreshPath === '/' ? '__Host-nsm_refresh' : '__Secure-nsm_refresh';
      const expected = [
        { name: '__Host-nsm_access', path: '/', ...common },
        { name: refresh, path: refreshPath, ...common },
      ];
      const kept = async () => (await context.cookies()).sort((one, two) => (one.name < two.name ? -1 : 1));

      expect(await send(page, 'POST', '/login')).toBe(200);
      const first = await kept();
      expect(first).toMatchObject(expected);
      expect(await page.evaluate('document.cookie')).toBe('');
      expect(await send(page, 'GET', '/me')).toBe(200);
      expect(await kept()).toEqual(first);

      expect(await send(page, 'POST', '/refresh')).toBe(201);
      const second = await kept();
      expect(second).toMatchObject(expected);
      expect(second.map(({ value }) => value)).not.toEqual(first.map(({ value }) => value));
      expect(await send(page, 'GET', '/me')).toBe(200);
      expect(await page.evaluate('document.cookie')).toBe('');

      expect(await send(page, 'POST', '/logout')).toBe(201);
      expect(await kept()).toEqual([]);
      expect(await send(page, 'GET', '/me')).toBe(401);
      await context.close();
      await victim.close();
    },
  );
});

function send(page: Page, method: string, path: string): Promise<number> {
  return page.evaluate(
    async ([verb, url]) => {
      const body = verb === 'POST' ? new URLSearchParams({ name: 'alice' }) : undefined;
      return (await fetch(url, { method: verb, body })).status;
    },
    [method, path] as const,
  );
}
