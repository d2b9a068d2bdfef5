import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, ForbiddenException, Get, Next, UseGuards, type INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { runInNewContext } from 'node:vm';
import { concat, EMPTY, NEVER, of, type Observer } from 'rxjs';
import { TokenType } from '../../src/core/token-type.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { AcceptTokens } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { opaqueManager } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { startApp } from '../support/nest-app.js';

@Controller()
@UseGuards(SessionGuard)
class Me {
  @Get('me')
  me(@CurrentUser() user: unknown, @CurrentUser('name') name: string) {
    return { user, name };
  }
}

const logger = new MemoryLogger();
const open: INestApplication[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function start(...args: Parameters<typeof startApp>) {
  const started = await startApp(...args);
  open.push(started.app);
  return started;
}

/** An application in which `resolveUser` answers so, and what a request of Alice's gets from it. */
async function meWhere(answer: unknown): Promise<Response> {
  const { app, url } = await start('Express', {
    imports: [SessionModule.forRoot({ strategy: 'token', logger, resolveUser: () => answer })],
    controllers: [Me],
  });
  return get(`${url}/me`, (await app.get(SessionManager).createSession('alice'))!.accessToken);
}

const get = (url: string, token: string) => fetch(url, { headers: { authorization: `Bearer ${token}` } });

describe('resolveUser', () => {
  const answers: readonly [string, unknown][] = [
    ['false', false],
    ['0', 0],
    ['-0', -0],
    ['0n', 0n],
    ['an empty text', ''],
    ['a boxed false', Object(false)],
    ['a list of nobody', [null]],
    ['an exception of another realm', runInNewContext('new Error("x")')],
    ['a stream of streams', of(of({ name: 'Alice' }))],
    ['a stream of another library', { subscribe: (o: Observer<unknown>) => o.complete() }],
    ['NaN', NaN],
    ['null', null],
    ['undefined', undefined],
    ['an empty list', []],
    ['an exception that was returned', new ForbiddenException()],
    ['a function', () => ({ name: 'Alice' })],
  ];

  it.each<readonly [string, unknown]>([
    ...answers,
    ...answers.map(([name, answer]) => [`a promise of ${name}`, Promise.resolve(answer)] as const),
    ...answers.map(([name, answer]) => [`an Observable of ${name}`, of(answer, { name: 'Alice' })] as const),
    ['an Observable that is empty', EMPTY],
    ['a promise of one that is empty', Promise.resolve(EMPTY)],
  ])('X4 %s is nobody: 401', async (_, answer) => {
    const response = await meWhere(answer);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(await response.json()).toEqual({ statusCode: 401, message: 'Unauthorized' });
  });

  it.each([
    ['an Observable', of({ name: 'Alice' }, { name: 'Bob' })],
    ['one that never ends', concat(of({ name: 'Alice' }), NEVER)],
    ['a promise of one', Promise.resolve(of({ name: 'Alice' }))],
  ])('X4 %s is taken by its first value', async (_, answer) => {
    const response = await meWhere(answer);
    expect(await response.json()).toEqual({ user: { name: 'Alice' }, name: 'Alice' });
  });

  it('X4 a validator that answers no session lets nobody in', async () => {
    const resolveUser = jest.fn(() => ({ name: 'Alice' }));
    for (const options of [{}, { resolveUser }]) {
      const { url } = await start(
        'Express',
        {
          imports: [SessionModule.forRoot({ strategy: 'token', logger, ...options })],
          controllers: [Me],
        },
        (builder) => builder.overrideProvider(SessionManager).useValue({ validateSession: async () => null }),
      );
      expect((await fetch(`${url}/me`)).status).toBe(401);
    }
    expect(resolveUser).not.toHaveBeenCalled();
  });

  it('X4 asks once for each request, and the store too, with the guard bound by APP_GUARD and by @UseGuards', async () => {
    const resolveUser = jest.fn(({ username }: { username: string }) => ({ name: username }));
    const store = new MemorySessionStore();
    const access = jest.spyOn(store, 'access');
    const { app, url } = await start('Express', {
      imports: [SessionModule.forRoot({ strategy: 'token', logger, store, resolveUser })],
      controllers: [Me],
      providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
    });
    for (const [number, username] of ['alice', 'bob'].entries()) {
      const { accessToken } = (await app.get(SessionManager).createSession(username))!;
      const response = await get(`${url}/me`, accessToken);
      expect(await response.json()).toEqual({ user: { name: username }, name: username });
      expect(resolveUser).toHaveBeenCalledTimes(number + 1);
      expect(access).toHaveBeenCalledTimes(number + 1);
    }
  });

  it('X4 what another guard, with a manager of its own, has admitted is not taken over', async () => {
    const other = await opaqueManager();
    const settings = { logger };
    const otherGuard = new SessionGuard(other, new BearerTransport(), settings);
    @Controller()
    @UseGuards(SessionGuard)
    class Twice {
      @Get('twice')
      @UseGuards(otherGuard)
      twice() {
        return {};
      }
    }
    const { app, url } = await start('Express', {
      imports: [SessionModule.forRoot({ strategy: 'token', logger })],
      controllers: [Twice],
    });
    const { accessToken } = (await app.get(SessionManager).createSession('alice'))!;
    const response = await get(`${url}/twice`, accessToken);
    expect(response.status).toBe(401);
  });

  it('X4 a request that goes on to a route of other rules is judged by those', async () => {
    @Controller()
    @UseGuards(SessionGuard)
    class Routes {
      @Get('chain')
      @AcceptTokens(TokenType.Api)
      first(@Next() next: () => void) {
        next();
      }

      @Get('chain')
      second() {
        return {};
      }
    }
    const { app, url } = await start('Express', {
      imports: [
        SessionModule.forRoot({
          strategy: 'jwt',
          logger,
          secretKey: new Uint8Array(64),
          apiTokenStore: new MemoryApiTokenStore(),
        }),
      ],
      controllers: [Routes],
    });
    const { token } = await app.get(JwtSessionManager).createApiToken('robot');
    const response = await get(`${url}/chain`, token);
    expect(response.status).toBe(401);
  });
});
