import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Post, UseGuards, type INestApplication } from '@nestjs/common';
import request from 'supertest';
import { SessionManager } from '../../src/managers/session.manager.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { testSessions } from '../../src/testing/index.js';
import { forged } from '../support/managers.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

@Controller()
@UseGuards(SessionGuard)
class AppController {
  constructor(private readonly sessions: SessionManager) {}

  @Get('me')
  me(@CurrentUser('username') username: string) {
    return { username };
  }

  @Post('refresh')
  @Public()
  refresh(@Body('token') token: string) {
    return this.sessions.refreshSession(token);
  }
}

const PLAIN = { statusCode: 401, message: 'Unauthorized' };

describe.each(PLATFORMS)('the reason in a 401 on %s', (platform) => {
  let app: INestApplication;
  afterEach(() => app.close());

  const start = async (tellRefusalReason?: boolean) => {
    const sessions = await testSessions({
      strategy: 'jwt',
      refreshGrace: 0,
      idleTimeout: 60,
      maxSessionsPerUser: 1,
      onLimit: 'evict-oldest',
    });
    const started = await startApp(
      platform,
      {
        imports: [SessionModule.forRoot({ strategy: 'jwt', cleanup: false, tellRefusalReason })],
        controllers: [AppController],
      },
      (builder) => builder.overrideProvider(SessionManager).useValue(sessions.manager),
    );
    app = started.app;
    const me = async (token: string) =>
      (await request(started.url).get('/me').set('Authorization', `Bearer ${token}`).expect(401))
        .body as unknown;
    const refresh = async (token: string) =>
      (await request(started.url).post('/refresh').send({ token }).expect(401)).body as unknown;
    return { sessions, manager: sessions.manager, me, refresh };
  };

  it('H3 is not there unless asked for: all bodies look alike', async () => {
    const { sessions, manager, me, refresh } = await start();
    const { accessToken } = (await manager.createSession('alice'))!;
    await manager.invalidateSession(accessToken);
    expect(await me(accessToken)).toEqual(PLAIN);
    expect(await me('nonsense')).toEqual(PLAIN);
    expect(await refresh(await sessions.usedRefreshToken('bob'))).toEqual(PLAIN);
  });

  it('tells expired, idle, revoked and evicted, from guards and from controllers', async () => {
    const { sessions, manager, me, refresh } = await start(true);
    const revoked = (await manager.createSession('alice'))!;
    await manager.invalidateSession(revoked.accessToken);
    expect(await me(revoked.accessToken)).toEqual({ ...PLAIN, reason: 'revoked' });
    const evicted = (await manager.createSession('alice'))!;
    const idle = (await manager.createSession('alice'))!;
    expect(await me(evicted.accessToken)).toEqual({ ...PLAIN, reason: 'evicted' });
    expect(await refresh(evicted.refreshToken!)).toEqual({ ...PLAIN, reason: 'evicted' });
    sessions.clock.advance('2m');
    expect(await me(idle.accessToken)).toEqual({ ...PLAIN, reason: 'idle' });
    const expired = (await manager.createSession('alice'))!;
    sessions.expireAccess();
    expect(await me(expired.accessToken)).toEqual({ ...PLAIN, reason: 'expired' });
  });

  it('tells a thief nothing of having been noticed, and a stranger nothing at all', async () => {
    const { sessions, manager, me, refresh } = await start(true);
    expect(await refresh(await sessions.usedRefreshToken('alice'))).toEqual({ ...PLAIN, reason: 'revoked' });
    const first = (await manager.createSession('bob'))!;
    await manager.refreshSession(first.refreshToken);
    expect(await me(first.accessToken)).toEqual({ ...PLAIN, reason: 'expired' });
    expect(await me('nonsense')).toEqual(PLAIN);
    expect(await me(forged(first.accessToken))).toEqual(PLAIN);
  });
});
