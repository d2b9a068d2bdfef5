import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  Logger,
  NotFoundException,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
  type INestApplication,
} from '@nestjs/common';
import type { CookieTransportOptions } from '../../src/compose/cookie-options.js';
import type { SessionOptions } from '../../src/compose/options.js';
import { InvalidInputError } from '../../src/core/errors.js';
import { SessionTransport } from '../../src/core/session-transport.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { tokensOr429 } from '../../src/nest/contexts/http/tokens-or-429.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { OptionalSession } from '../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import { manualClock } from '../../src/testing/manual-clock.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

@Controller()
class Door {
  constructor(
    private readonly sessions: SessionManager,
    private readonly transport: SessionTransport,
  ) {}

  @Post('login')
  @HttpCode(204)
  async login(
    @Req() request: object,
    @Res({ passthrough: true }) response: object,
    @Query('persistent') persistent?: string,
  ) {
    this.transport.check(request);
    const tokens = tokensOr429(await this.sessions.createSession('alice'));
    const options = persistent === undefined ? undefined : { persistent: persistent === 'yes' };
    this.transport.write(request, response, tokens, options);
  }

  @Post('refresh')
  @HttpCode(204)
  async refresh(@Req() request: object, @Res({ passthrough: true }) response: object) {
    this.transport.check(request);
    const token = this.transport.read(request, 'refresh');
    this.transport.write(request, response, tokensOr429(await this.sessions.refreshSession(token)));
  }

  @Post('logout')
  @HttpCode(204)
  @UseGuards(SessionGuard)
  logout(@Req() request: object, @Res({ passthrough: true }) response: object) {
    this.transport.clear(request, response);
  }

  @Get('me')
  @UseGuards(SessionGuard)
  me(@CurrentUser('username') name: string) {
    return { name };
  }

  @Get('optional')
  @OptionalSession()
  @UseGuards(SessionGuard)
  optional(@CurrentUser('username') name?: string) {
    return { name: name ?? null };
  }

  @Get('cached')
  @Header('Cache-Control', 'private, max-age=60')
  @UseGuards(SessionGuard)
  cached() {
    return {};
  }

  @Get('missing')
  @UseGuards(SessionGuard)
  missing() {
    throw new NotFoundException();
  }

  @Post('move')
  @UseGuards(SessionGuard)
  move() {
    return {};
  }
}

const SITE = { 'sec-fetch-site': 'same-origin' };
const START = Date.UTC(2026, 0, 21);
const DAY = 86_400;

/** A moment as `Expires` writes it, by seconds from the start. */
const at = (seconds: number) => new Date(START + seconds * 1000).toUTCString();

describe.each(PLATFORMS)('CookieTransport, on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  let clock: ReturnType<typeof manualClock>;

  const start = async (
    options: Partial<SessionOptions> & { strategy: 'jwt' | 'token' | 'no-auth' },
    cookies: CookieTransportOptions = {},
    transport: SessionTransport | SessionTransport[] = new CookieTransport(cookies),
  ) => {
    clock = manualClock(START);
    const secret = options.strategy === 'no-auth' ? {} : { secretKey: new Uint8Array(64) };
    const common = { clock, ...secret, logger: new MemoryLogger(), cleanup: false };
    ({ app, url } = await startApp(platform, {
      imports: [SessionModule.forRoot({ ...common, ...options, transport } as never)],
      controllers: [Door],
    }));
  };
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/${path}`, { method, headers });
  const login = async (path = 'login') => {
    const answer = await ask('POST', path, SITE);
    expect(answer.status).toBe(204);
    return answer;
  };
  /** Each cookie that was set, its value and its attributes apart. */
  const cookiesOf = (answer: Response) =>
    answer.headers.getSetCookie().map((cookie) => {
      const [, name, value, attributes] = /^([^=]+)=([^;]*); (.*)$/.exec(cookie)!;
      return { name, value: value!, attributes: attributes! };
    });
  /** What a browser would send back. */
  const jar = (answer: Response) =>
    cookiesOf(answer)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');

  afterEach(() => app.close());

  it('T8 sets both as __Host-, Secure, HttpOnly and SameSite, until the session can be renewed no more', async () => {
    await start({ strategy: 'jwt' });
    const answer = await login();
    const attributes = `Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=${DAY}; Expires=${at(DAY)}`;
    expect(cookiesOf(answer)).toEqual([
      { name: '__Host-nsm_access', value: expect.stringMatching(/^[\w.-]+$/), attributes },
      { name: '__Host-nsm_refresh', value: expect.stringMatching(/^[\w.-]+$/), attributes },
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    for (const cookie of answer.headers.getSetCookie()) expect(cookie.length).toBeLessThan(600);
  });

  it('T8 opaque tokens are one cookie, until they expire', async () => {
    await start({ strategy: 'token', sessionTimeout: 600 });
    expect(cookiesOf(await login())).toEqual([
      expect.objectContaining({
        name: '__Host-nsm_access',
        attributes: expect.stringMatching(`Max-Age=600; Expires=${at(600)}$`),
      }),
    ]);
  });

  it('T8 named, on a path of its own, strict or over plain http, they are what was asked for', async () => {
    await start({ strategy: 'jwt' }, { name: 'app', refreshPath: '/auth', sameSite: 'strict' });
    expect(cookiesOf(await login())).toMatchObject([
      {
        name: '__Host-app_access',
        attributes: expect.stringMatching(/^Path=\/; HttpOnly; Secure; SameSite=Strict;/),
      },
      {
        name: '__Secure-app_refresh',
        attributes: expect.stringMatching(/^Path=\/auth; HttpOnly; Secure; SameSite=Strict;/),
      },
    ]);
    await app.close();
    await start({ strategy: 'jwt' }, { secure: false, persistent: false, refreshPath: '/auth' });
    expect(cookiesOf(await login())).toMatchObject([
      { name: 'nsm_access', attributes: 'Path=/; HttpOnly; SameSite=Lax' },
      { name: 'nsm_refresh', attributes: 'Path=/auth; HttpOnly; SameSite=Lax' },
    ]);
  });

  it('a login says for itself whether its cookies outlive the browser', async () => {
    await start({ strategy: 'jwt' });
    const lasts = (answer: Response) => cookiesOf(answer).map(({ attributes }) => /Max-Age/.test(attributes));
    expect(lasts(await login('login?persistent=no'))).toEqual([false, false]);
    expect(lasts(await login('login?persistent=yes'))).toEqual([true, true]);
    await app.close();
    await start({ strategy: 'jwt' }, { persistent: false });
    expect(lasts(await login())).toEqual([false, false]);
    expect(lasts(await login('login?persistent=yes'))).toEqual([true, true]);
  });

  it.each([
    ['to the absolute end', { absoluteTimeout: 7200 }, 7200],
    ['else for 400 days', {}, 400 * DAY],
  ])('where accesses slide the expiry and write nothing, they last %s', async (_, more, seconds) => {
    await start({ strategy: 'token', sliding: true, ...more });
    clock.advance(1.5);
    const { attributes } = cookiesOf(await login())[0]!;
    const maxAge = Number(/Max-Age=(\d+)/.exec(attributes)![1]);
    expect(seconds - maxAge).toBeLessThanOrEqual(1);
    expect(maxAge - seconds).toBeLessThanOrEqual(1);
  });

  it('tokens that come back to a second login leave the cookie what is left of the first', async () => {
    await start({ strategy: 'token', existingSession: 'reuse' });
    await login();
    clock.advance(600);
    const { attributes } = cookiesOf(await login())[0]!;
    expect(attributes).toContain(`Max-Age=3000; Expires=${at(3600)}`);
  });

  it('lets in, renews, and takes them back', async () => {
    await start({ strategy: 'jwt' });
    const first = jar(await login());
    expect(await (await ask('GET', 'me', { cookie: first })).json()).toEqual({ name: 'alice' });
    clock.advance(1000);
    expect((await ask('GET', 'me', { cookie: first })).status).toBe(401);
    expect((await ask('GET', 'optional', { cookie: first })).status).toBe(401);
    const renewed = jar(await ask('POST', 'refresh', { cookie: first, ...SITE }));
    expect((await ask('GET', 'me', { cookie: renewed })).status).toBe(200);
    const gone = await ask('POST', 'logout', { cookie: renewed, ...SITE });
    const attributes = `Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=${new Date(0).toUTCString()}`;
    expect(cookiesOf(gone)).toEqual([
      { name: '__Host-nsm_access', value: '', attributes },
      { name: '__Host-nsm_refresh', value: '', attributes },
    ]);
  });

  it('B2 refuses what another site may have sent, before there is a session', async () => {
    await start({ strategy: 'jwt' });
    const cookie = jar(await login());
    const sessions = app.get(SessionManager);
    for (const site of ['same-site', 'cross-site', undefined]) {
      const headers: Record<string, string> = site === undefined ? {} : { 'sec-fetch-site': site };
      const move = await ask('POST', 'move', { cookie, ...headers });
      expect([move.status, ((await move.json()) as { message: string }).message]).toEqual([
        403,
        expect.stringContaining('Sec-Fetch-Site: same-origin'),
      ]);
      const refused = await ask('POST', 'login', headers);
      expect([refused.status, refused.headers.getSetCookie()]).toEqual([403, []]);
      expect((await ask('GET', 'me', { cookie, ...headers })).status).toBe(200);
    }
    expect(await sessions.nActiveSessions()).toBe(1);
    expect((await ask('POST', 'move', { cookie, ...SITE })).status).toBe(201);
  });

  it('T9 what a cookie let in is for no cache, unless its handler says otherwise', async () => {
    await start({ strategy: 'jwt' }, {}, [new BearerTransport(), new CookieTransport()]);
    const cookie = jar(await login());
    const control = async (path: string, headers: Record<string, string>) =>
      (await ask('GET', path, headers)).headers.get('cache-control');
    expect(await control('me', { cookie })).toBe('no-store');
    expect(await control('missing', { cookie })).toBe('no-store');
    expect(await control('optional', { cookie })).toBe('no-store');
    expect(await control('me', { cookie, authorization: 'Basic YTpi' })).toBe('no-store');
    expect(await control('cached', { cookie })).toBe('private, max-age=60');
    expect(await control('optional', {})).toBeNull();
    const authorization = `Bearer ${(await app.get(SessionManager).createSession('bob'))!.accessToken}`;
    expect(await control('me', { authorization })).toBeNull();
  });

  it('where everyone is let in without a credential, caches are left alone', async () => {
    await start({ strategy: 'no-auth' });
    const answer = await ask('GET', 'me');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, null]);
  });
});

describe('CookieTransport by itself', () => {
  const request = { method: 'POST', headers: { ...SITE, host: 'localhost' } };
  const tokens = {
    accessToken: 'a',
    refreshToken: 'r',
    tokenType: 'Bearer',
    sessionId: 's',
    expiresIn: 900,
    expiresAt: new Date(START + 900_000),
    refreshExpiresAt: new Date(START + 3_600_000),
    reused: false,
    evicted: [],
  } as const;
  const recorder = () => {
    const set: string[] = [];
    return { set, append: (name: string, value: string) => set.push(`${name}: ${value}`) };
  };

  it('T8 a token too long for browsers to keep is refused, and neither cookie is set', () => {
    const cookies = new CookieTransport();
    const fixed = `__Host-nsm_refresh=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600; Expires=${at(3600)}`;
    const longest = 'x'.repeat(4096 - fixed.length);
    const kept = recorder();
    cookies.write(request, kept, { ...tokens, refreshToken: longest });
    expect(kept.set[1]!.slice('Set-Cookie: '.length)).toHaveLength(4096);
    const refused = recorder();
    expect(() => cookies.write(request, refused, { ...tokens, refreshToken: `${longest}x` })).toThrow(
      InvalidInputError,
    );
    expect(refused.set).toEqual([]);
  });

  it('B2 writes nothing for another site, whatever its method', () => {
    for (const method of ['POST', 'GET']) {
      const response = recorder();
      const foreign = { method, headers: { 'sec-fetch-site': 'cross-site' } };
      expect(() => new CookieTransport().write(foreign, response, tokens)).toThrow(
        'has to come from its own',
      );
      expect(response.set).toEqual([]);
    }
  });

  describe('over plain http', () => {
    const logger = new MemoryLogger();
    beforeEach(() => {
      logger.entries.length = 0;
      Logger.overrideLogger(logger);
    });
    afterEach(() => Logger.overrideLogger(false));

    const writeTo = (host: string, more: object = {}, cookies = new CookieTransport()) => {
      const { headers, ...rest } = { headers: {}, ...more };
      const own = { method: 'POST', headers: { ...SITE, host, ...headers }, ...rest };
      cookies.write(own, recorder(), tokens);
      return logger.entries.length;
    };

    it('warns once that browsers will drop what it sets', () => {
      const cookies = new CookieTransport();
      expect(writeTo('app.test:3000', {}, cookies)).toBe(1);
      expect(writeTo('app.test:3000', {}, cookies)).toBe(1);
      expect(logger.entries).toEqual([
        expect.stringMatching(/^warn .*plain http on app\.test:3000.*X-Forwarded-Proto.*secure: false/),
      ]);
    });

    it.each([
      ['localhost', {}],
      ['localhost:3000', {}],
      ['127.0.0.1:3000', {}],
      ['127.1.2.3', {}],
      ['[::1]:3000', {}],
      ['app.test', { headers: { 'x-forwarded-proto': 'https' } }],
      ['app.test', { socket: { encrypted: true } }],
    ])('says nothing on %s, %p, where they are kept', (host, more) => {
      expect(writeTo(host, more)).toBe(0);
    });

    it('says nothing where they are made for it', () => {
      expect(writeTo('app.test', {}, new CookieTransport({ secure: false }))).toBe(0);
    });

    it.each(['localhost.evil.test', '127.0.0.1.evil.test', '128.0.0.1', '[::2]'])(
      'takes %s for no name of this machine',
      (host) => expect(writeTo(host)).toBe(1),
    );
  });
});
