import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpException,
  Post,
  UseGuards,
  type INestApplication,
} from '@nestjs/common';
import request from 'supertest';
import {
  BearerTransport,
  CookieTransport,
  CurrentUser,
  HeaderTransport,
  NoAuthSessionManager,
  Permission,
  RefreshTokenReuseError,
  RequireDataset,
  SessionExpiredError,
  SessionGuard,
  SessionManager,
  SessionModule,
  SessionStoreUnavailableError,
  SingleSessionManager,
  TokenType,
} from '../../src/index.js';
import { bearer, testSessions, type TestSessions } from '../../src/testing/index.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

@Controller()
@UseGuards(SessionGuard)
class HelloController {
  @Get('hello')
  hello(@CurrentUser('username') name: string) {
    return { hello: name };
  }

  @Post('hello')
  change() {
    return {};
  }

  @Get('datasets/:dataset')
  @RequireDataset(Permission.Read, 'dataset')
  dataset() {
    return {};
  }
}

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionManager) {}

  @Post('login')
  @HttpCode(200)
  async login(@Body('username') username: string) {
    const tokens = await this.sessions.createSession(username);
    if (tokens === null) throw new HttpException('Too many sessions', 429);
    return tokens;
  }
}

describe.each(PLATFORMS)('testSessions in an application on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  let sessions: TestSessions<'jwt'>;

  beforeEach(async () => {
    sessions = await testSessions('jwt');
    ({ app, url } = await startApp(
      platform,
      {
        imports: [SessionModule.forRoot({ strategy: 'jwt', cleanup: false })],
        controllers: [LoginController, HelloController],
      },
      (builder) => builder.overrideProvider(SessionManager).useValue(sessions.manager),
    ));
  });
  afterEach(() => app.close());

  const get = (path: string, headers: Record<string, string>) => request(url).get(path).set(headers);
  const login = () => request(url).post('/login').send({ username: 'alice' });

  it('as(user) gives headers that the guard lets in as that user', async () => {
    await get('/hello', await sessions.as('alice')).expect(200, { hello: 'alice' });
    await get('/hello', bearer('nonsense')).expect(401);
  });

  it('as(user, { datasets }) gives an API token that opens those datasets and nothing else', async () => {
    const reader = await sessions.as('ci', { datasets: { maize: [Permission.Read] } });
    await get('/datasets/maize', reader).expect(200);
    await get('/datasets/wheat', reader).expect(403);
    await get('/hello', reader).expect(401);
  });

  it("clock.advance('31m') ends what has lived that long", async () => {
    const alice = await sessions.as('alice');
    sessions.clock.advance('14m');
    await get('/hello', alice).expect(200);
    sessions.clock.advance('17m');
    await get('/hello', alice).expect(401);
  });

  it('atLimit refuses logins while it lasts, and sessions go on', async () => {
    const alice = await sessions.as('alice');
    await sessions.atLimit(async () => {
      await login().expect(429);
      await get('/hello', alice).expect(200);
    });
    await login().expect(200);
  });

  it('duringOutage is 503 for sessions and API tokens while it lasts', async () => {
    const alice = await sessions.as('alice');
    const script = await sessions.as('ci', { datasets: { maize: [Permission.Read] } });
    await sessions.duringOutage(async () => {
      await get('/hello', alice).expect(503);
      await get('/datasets/maize', script).expect(503);
      await login().expect(503);
    });
    await get('/hello', alice).expect(200);
    await get('/datasets/maize', script).expect(200);
  });
});

describe.each(PLATFORMS)('An application with another transport under test, on %s', (platform) => {
  it.each([
    ['a cookie', new CookieTransport({ name: 'own' }), { Cookie: 'own', 'Sec-Fetch-Site': 'same-origin' }],
    ['a header', new HeaderTransport('X-Session'), { 'X-Session': '' }],
    ['several', [new BearerTransport(), new CookieTransport()], { Authorization: 'Bearer' }],
  ])('as(user) is let in by %s, to change something too', async (_, transport, shown) => {
    const sessions = await testSessions({ strategy: 'token', transport });
    const { app, url } = await startApp(
      platform,
      {
        imports: [SessionModule.forRoot({ strategy: 'token', cleanup: false, transport })],
        controllers: [HelloController],
      },
      (builder) => builder.overrideProvider(SessionManager).useValue(sessions.manager),
    );
    const headers = await sessions.as('alice');
    expect(Object.keys(headers)).toEqual(Object.keys(shown));
    for (const [name, part] of Object.entries(shown)) expect(headers[name]).toContain(part);
    await request(url).get('/hello').set(headers).expect(200, { hello: 'alice' });
    await request(url).post('/hello').set(headers).expect(201);
    await app.close();
  });
});

describe('testSessions', () => {
  it('expireAccess leaves refresh tokens good, expireSessions leaves nothing', async () => {
    const sessions = await testSessions({ strategy: 'jwt', sessionTimeout: 60, refreshTimeout: 600 });
    const { accessToken, refreshToken } = (await sessions.manager.createSession('alice'))!;
    sessions.expireAccess();
    await expect(sessions.manager.validateSession(accessToken)).rejects.toThrow(SessionExpiredError);
    const renewed = (await sessions.manager.refreshSession(refreshToken))!;
    await expect(sessions.manager.sessionUsername(renewed.accessToken)).resolves.toBe('alice');
    sessions.expireSessions();
    await expect(sessions.manager.refreshSession(renewed.refreshToken)).rejects.toThrow(SessionExpiredError);
    await expect(sessions.manager.listSessions('alice')).resolves.toEqual([]);
  });

  it('usedRefreshToken gives one whose use is reuse and ends the session', async () => {
    const sessions = await testSessions('jwt');
    const { manager } = sessions;
    const used = await sessions.usedRefreshToken('alice');
    expect(await manager.nActiveSessions()).toBe(1);
    await expect(manager.refreshSession(used)).rejects.toThrow(RefreshTokenReuseError);
    expect(await manager.nActiveSessions()).toBe(0);
  });

  it('atLimit lets an existing session be reused, and a lapsed one wait for a slot', async () => {
    const token = await testSessions('token');
    const first = (await token.manager.createSession('alice'))!;
    await token.atLimit(async () => {
      expect(await token.manager.createSession('alice')).toMatchObject({ accessToken: first.accessToken });
      expect(await token.manager.createSession('bob')).toBeNull();
    });
    const jwt = await testSessions('jwt');
    const { refreshToken } = (await jwt.manager.createSession('alice'))!;
    jwt.expireAccess();
    expect(await jwt.atLimit(() => jwt.manager.refreshSession(refreshToken))).toBeNull();
    expect(await jwt.manager.refreshSession(refreshToken)).not.toBeNull();
  });

  it('ends a fault even if the body throws, and hands on what the body answers', async () => {
    const sessions = await testSessions('token');
    await expect(sessions.duringOutage(() => sessions.as('alice'))).rejects.toThrow(
      SessionStoreUnavailableError,
    );
    await expect(sessions.atLimit(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await sessions.duringOutage(() => 7)).toBe(7);
    await expect(sessions.as('alice')).resolves.toMatchObject({
      Authorization: expect.stringMatching(/^Bearer [\w-]{48}$/),
    });
  });

  it('keeps to the options given, and has a manager of the strategy', async () => {
    const sessions = await testSessions({ strategy: 'jwt', issuer: 'here', maxConcurrentSessions: 1 });
    const { Authorization = '' } = await sessions.as('alice');
    expect(await sessions.manager.validateSession(Authorization.slice('Bearer '.length))).toMatchObject({
      issuer: 'here',
      type: TokenType.Access,
    });
    await expect(sessions.as('bob')).rejects.toThrow('no slot is free');
    expect((await testSessions('single')).manager).toBeInstanceOf(SingleSessionManager);
    expect((await testSessions('token')).manager).not.toBeInstanceOf(NoAuthSessionManager);
  });

  it('says so where a strategy has no refresh tokens', async () => {
    const sessions = await testSessions('token');
    await expect(sessions.usedRefreshToken('alice')).rejects.toThrow("only the strategy 'jwt'");
  });
});
