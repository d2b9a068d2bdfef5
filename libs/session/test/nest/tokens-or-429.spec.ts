import { Body, Controller, Get, Module, Post, UseGuards, type INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionGuard, SessionManager, SessionModule, tokensOr429 } from 'nestjs-session-manager';
import request from 'supertest';
import { PLATFORMS, startApp } from '../support/nest-app.js';

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionManager) {}

  @Post('login')
  async login(@Body('name') name: string) {
    return tokensOr429(await this.sessions.createSession(name));
  }

  @Get('guarded')
  @UseGuards(SessionGuard)
  guarded() {
    return 'in';
  }
}

@Module({
  imports: [SessionModule.forRoot({ strategy: 'token', maxConcurrentSessions: 1 })],
  controllers: [LoginController],
})
class AppModule {}

describe.each(PLATFORMS)('tokensOr429 on %s', (platform) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    ({ app, url } = await startApp(platform, { imports: [AppModule] }));
  });
  afterAll(() => app.close());

  const login = (name: string) => request(url).post('/login').send({ name });
  const guarded = () => request(url).get('/guarded');

  it('hands out the tokens of a login, and at the limit answers 429 instead of 201 with an empty body', async () => {
    const { body } = await login('alice').expect(201);
    await guarded().auth(body.accessToken, { type: 'bearer' }).expect(200, 'in');
    const refused = await login('bob').expect(429);
    expect(refused.body).toEqual({ statusCode: 429, message: 'Too many active sessions' });
  });

  it('promises no moment at which to try again, since nobody knows when a session will end', async () => {
    await login('alice').expect(201);
    const { headers } = await login('bob').expect(429);
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('answers in the shape in which the library answers everything else', async () => {
    await login('alice').expect(201);
    const tooMany = await login('bob').expect(429);
    const unauthorized = await guarded().expect(401);
    expect(Object.keys(tooMany.body)).toEqual(Object.keys(unauthorized.body));
  });
});
