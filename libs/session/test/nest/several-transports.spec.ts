import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, UseGuards, type INestApplication } from '@nestjs/common';
import type { SessionTokens } from '../../src/core/session.js';
import { SessionTransport } from '../../src/core/session-transport.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import { HeaderTransport } from '../../src/nest/transports/header.transport.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';
import { rawGet } from '../support/raw-get.js';

@Controller()
@UseGuards(SessionGuard)
class Guarded {
  @Get('me')
  me(@CurrentUser('username') name: string) {
    return { name };
  }

  @Post('move')
  move() {
    return {};
  }
}

const SITE = { 'sec-fetch-site': 'same-origin' };
const COOKIE = '__Host-nsm_access';

describe.each(PLATFORMS)('Transports in order, on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  afterEach(() => app.close());

  const start = async (...transport: SessionTransport[]) => {
    const options = { secretKey: new Uint8Array(64), logger: new MemoryLogger(), cleanup: false } as const;
    ({ app, url } = await startApp(platform, {
      imports: [SessionModule.forRoot({ strategy: 'token', existingSession: 'new', ...options, transport })],
      controllers: [Guarded],
    }));
  };
  const tokenOf = async (name: string) => (await app.get(SessionManager).createSession(name))!.accessToken;
  const ask = async (path: string, headers: Record<string, string>) => {
    const method = path === 'me' ? 'GET' : 'POST';
    const answer = await fetch(`${url}/${path}`, { method, headers });
    return answer.status;
  };

  it('let a credential in from any of the places', async () => {
    await start(new BearerTransport(), new HeaderTransport('X-Session'), new CookieTransport());
    const token = await tokenOf('alice');
    expect(await ask('me', { authorization: `Bearer ${token}` })).toBe(200);
    expect(await ask('me', { 'x-session': token })).toBe(200);
    expect(await ask('me', { cookie: `${COOKIE}=${token}` })).toBe(200);
    expect(await ask('me', { 'x-token': token })).toBe(401);
    expect(await ask(`me?access_token=${token}&x-session=${token}`, {})).toBe(404);
  });

  it('T7 two that differ are 400 in whatever two places, the same one twice is fine', async () => {
    await start(new BearerTransport(), new HeaderTransport('X-Session'), new CookieTransport());
    const [alice, bob] = [await tokenOf('alice'), await tokenOf('bob')];
    const places = (token: string): Record<string, string>[] => [
      { authorization: `Bearer ${token}` },
      { 'x-session': token },
      { cookie: `${COOKIE}=${token}` },
    ];
    for (const [index, one] of places(alice).entries()) {
      for (const [other, two] of places(bob).entries()) {
        if (index === other) continue;
        expect(await ask('me', { ...one, ...two })).toBe(400);
        expect(await ask('me', { ...one, ...places(alice)[other] })).toBe(200);
      }
    }
    expect(await ask('me', { authorization: 'Basic YTpi', cookie: `${COOKIE}=${alice}` })).toBe(200);
  });

  it('T7 a header that comes twice is one credential if both hold the same, and else 400', async () => {
    await start(new HeaderTransport('X-Session'));
    const [alice, bob] = [await tokenOf('alice'), await tokenOf('bob')];
    expect(
      await rawGet(url, '/me', [
        ['X-Session', alice],
        ['x-session', alice],
      ]),
    ).toBe(200);
    expect(
      await rawGet(url, '/me', [
        ['X-Session', alice],
        ['x-session', bob],
      ]),
    ).toBe(400);
    expect(await rawGet(url, '/me', [['X-Session', '']])).toBe(401);
  });

  it('B2 what Authorization carries is exempt from the rule on cookies, a cookie beside it is not', async () => {
    await start(new BearerTransport(), new CookieTransport());
    const [alice, bob] = [await tokenOf('alice'), await tokenOf('bob')];
    const foreign = { 'sec-fetch-site': 'cross-site' };
    const authorization = `Bearer ${alice}`;
    expect(await ask('move', { authorization, ...foreign })).toBe(201);
    expect(await ask('move', { authorization, cookie: `${COOKIE}=${alice}`, ...foreign })).toBe(201);
    expect(await ask('move', { authorization, cookie: `${COOKIE}=${bob}`, ...foreign })).toBe(400);
    expect(await ask('move', { cookie: `${COOKIE}=${alice}`, ...foreign })).toBe(403);
    expect(await ask('move', { cookie: `${COOKIE}=${alice}`, ...SITE })).toBe(201);
  });

  it('B2 a route that will set cookies refuses another site, though the request has Authorization', async () => {
    await start(new BearerTransport(), new CookieTransport());
    const transport = app.get(SessionTransport);
    expect(transport.carriesTokens).toBe(true);
    const headers = { authorization: `Bearer ${await tokenOf('alice')}`, 'sec-fetch-site': 'cross-site' };
    expect(() => transport.check({ method: 'POST', headers })).toThrow('from its own site');
    expect(() => transport.check({ method: 'POST', headers }, 'read')).not.toThrow();
  });

  it('all that write do, and all that clear', async () => {
    await start(
      new BearerTransport(),
      new CookieTransport({ name: 'one' }),
      new CookieTransport({ name: 'two' }),
    );
    const transport = app.get(SessionTransport);
    const set: string[] = [];
    const response = { append: (_: string, value: string) => set.push(value.split('=', 1)[0]!) };
    const tokens = (await app.get(SessionManager).createSession('alice')) as SessionTokens;
    transport.write({ method: 'POST', headers: SITE }, response, tokens, { persistent: false });
    expect(set).toEqual(['__Host-one_access', '__Host-two_access']);
    transport.clear({ headers: {} }, response);
    expect(set).toHaveLength(6);
  });
});

describe('HeaderTransport', () => {
  it.each(['X-Session', 'x', 'access_token', 'A'.repeat(128)])(
    'takes %s for the name of a header',
    (name) => {
      const transport = new HeaderTransport(name);
      expect(transport.read({ headers: { [name.toLowerCase()]: 'abc' } })).toBe('abc');
      expect(transport.read({ headers: {} })).toBeUndefined();
    },
  );

  it.each([
    ['Authorization', 'expected another header than Authorization, for which there is BearerTransport'],
    ['COOKIE', 'expected another header than COOKIE, for which there is CookieTransport'],
    ['', 'expected the name of a header, got ""'],
    ['X Session', 'expected the name of a header, got "X Session"'],
    ['X-Session:', 'expected the name of a header, got "X-Session:"'],
    ['X\nY', 'expected the name of a header, got "X\\u{a}Y"'],
    ['Bücher', 'expected the name of a header'],
    [undefined, 'expected the name of a header, got undefined'],
    [['X-Session'], 'expected the name of a header, got an array of 1'],
  ])('refuses %p when the application boots', (name, words) => {
    expect(() => new HeaderTransport(name as string)).toThrow(
      expect.objectContaining({ code: 'SESSION_CONFIGURATION', message: expect.stringContaining(words) }),
    );
  });

  it('is 400 for what is no text', () => {
    const transport = new HeaderTransport('X-Session');
    const read = (value: unknown) => transport.read({ headers: { 'x-session': value } });
    expect(read(['a', 'a'])).toBe('a');
    expect(() => read(['a', 'b'])).toThrow('X-Session: expected one value, got several');
    expect(() => read(5)).toThrow('X-Session: expected a string, got 5');
  });
});
