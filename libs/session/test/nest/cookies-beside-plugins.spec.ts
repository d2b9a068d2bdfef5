import cookiePlugin from '@fastify/cookie';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Post, Req, Res, UseGuards, type INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import cookieParser from 'cookie-parser';
import { SessionTransport } from '../../src/core/session-transport.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { tokensOr429 } from '../../src/nest/contexts/http/tokens-or-429.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import { PLATFORMS, startApp, type Platform } from '../support/nest-app.js';

/** What both plugins add to a response, each by its own name. */
interface WithCookies {
  cookie?(name: string, value: string): unknown;
  setCookie?(name: string, value: string): unknown;
}

@Controller()
class Door {
  constructor(
    private readonly sessions: SessionManager,
    private readonly transport: SessionTransport,
  ) {}

  @Post('login')
  @HttpCode(204)
  async login(@Req() request: object, @Res({ passthrough: true }) response: WithCookies) {
    const set = response.setCookie ?? response.cookie;
    set!.call(response, 'before', 'theirs');
    this.transport.write(request, response, tokensOr429(await this.sessions.createSession('alice')));
    set!.call(response, 'after', 'theirs');
  }

  @Get('me')
  @UseGuards(SessionGuard)
  me(@Req() { cookies }: { readonly cookies: object }, @CurrentUser('username') name: string) {
    return { name, cookies: Object.keys(cookies).sort() };
  }
}

const PLUGINS: Record<Platform, (app: INestApplication) => unknown> = {
  Express: (app) => app.use(cookieParser('a secret of theirs')),
  Fastify: (app) =>
    (app as NestFastifyApplication).register(cookiePlugin, { secret: 'a secret of theirs, and long enough' }),
};

describe.each(PLATFORMS)('beside the cookie plugin of %s', (platform) => {
  it('T8 each sets its own cookies, and both read them', async () => {
    const { app, url } = await startApp(
      platform,
      {
        imports: [
          SessionModule.forRoot({ strategy: 'token', cleanup: false, transport: new CookieTransport() }),
        ],
        controllers: [Door],
      },
      undefined,
      PLUGINS[platform],
    );
    try {
      const site = { 'sec-fetch-site': 'same-origin' };
      const answer = await fetch(`${url}/login`, { method: 'POST', headers: site });
      const set = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]!);
      expect(set.map((cookie) => cookie.split('=')[0]).sort()).toEqual([
        '__Host-nsm_access',
        'after',
        'before',
      ]);
      const me = await fetch(`${url}/me`, { headers: { ...site, cookie: set.join('; ') } });
      expect(await me.json()).toEqual({
        name: 'alice',
        cookies: ['__Host-nsm_access', 'after', 'before'],
      });
    } finally {
      await app.close();
    }
  });
});
