import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Post, UseGuards, type INestApplication } from '@nestjs/common';
import { request as httpRequest } from 'node:http';
import { Permission } from '../../src/core/permission.js';
import type { SessionInfo } from '../../src/core/session.js';
import { TokenType } from '../../src/core/token-type.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { CurrentSession, CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { AcceptTokens, OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

@Controller()
@UseGuards(SessionGuard)
class Guarded {
  @Get('me')
  me(@CurrentUser('username') username: string, @CurrentSession() session: SessionInfo) {
    return { username, type: session.type };
  }

  @Public()
  @Get('public')
  open(@CurrentUser() user: unknown) {
    return { user: user ?? null };
  }

  @OptionalSession()
  @Get('optional')
  optional(@CurrentUser('username') username?: string) {
    return { username: username ?? null };
  }

  @AcceptTokens(TokenType.Api)
  @Get('api-only')
  apiOnly() {
    return {};
  }

  @RequireDataset(Permission.Read, 'dataset')
  @Get('datasets/:dataset')
  read() {
    return {};
  }

  @RequireDataset(Permission.Read, 'dataset')
  @Get('misspelt/:name')
  misspelt() {
    return {};
  }

  @Post('fail')
  @Public()
  async fail(): Promise<never> {
    throw new (await import('../../src/core/errors.js')).InvalidInputError('name: expected text, got 5');
  }
}

@RequireDataset(Permission.Write, 'dataset')
@UseGuards(SessionGuard)
@Controller('class/:dataset')
class GuardedByClass {
  @Get()
  write() {
    return {};
  }

  @RequireDataset(Permission.Delete, 'dataset')
  @Get('both')
  both() {
    return {};
  }

  @AcceptTokens(TokenType.Access)
  @Get('access')
  access() {
    return {};
  }
}

@Public()
@UseGuards(SessionGuard)
@Controller('open')
class PublicByClass {
  @Get()
  open() {
    return {};
  }

  @AcceptTokens(TokenType.Access)
  @Get('closed')
  closed() {
    return {};
  }
}

/** Misuse: nothing puts a session on the request. */
@Controller('unguarded/:dataset')
class Unguarded {
  @RequireDataset(Permission.Read, 'dataset')
  @Get()
  read() {
    return {};
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  let manager: JwtSessionManager;
  const logger = new MemoryLogger();
  let store: MemorySessionStore;
  let now = 0;

  beforeEach(async () => {
    now = Date.UTC(2026, 0, 21);
    logger.entries.length = 0;
    store = new MemorySessionStore();
    ({ app, url } = await startApp(platform, {
      imports: [
        SessionModule.forRoot({
          strategy: 'jwt',
          secretKey: new Uint8Array(64),
          apiTokenStore: new MemoryApiTokenStore(),
          store,
          clock: () => now,
          logger,
        }),
      ],
      controllers: [Guarded, GuardedByClass, PublicByClass, Unguarded],
    }));
    manager = app.get(JwtSessionManager);
  });

  afterEach(() => app.close());

  const get = (path: string, authorization?: string) =>
    fetch(url + path, { headers: authorization === undefined ? {} : { authorization } });
  const as = async (username: string) => `Bearer ${(await manager.createSession(username))!.accessToken}`;
  const api = async (datasets?: Record<string, Permission[]>) =>
    `Bearer ${(await manager.createApiToken('robot', { datasets })).token}`;

  it('an access token opens a route, the scheme in any case', async () => {
    const header = await as('alice');
    for (const spelling of [
      header,
      header.replace('Bearer', 'bearer'),
      header.replace('Bearer ', 'BEARER   '),
    ]) {
      const response = await get('/me', spelling);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ username: 'alice', type: 'access' });
    }
  });

  it.each([undefined, 'Basic YTpi', 'Token abc', 'Bearerabc', ''])(
    'H1 the header %p is no credential: 401 with the bare challenge',
    async (header) => {
      const response = await get('/me', header);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.json()).toEqual({ statusCode: 401, message: 'Unauthorized' });
    },
  );

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer ,', 'Bearer ====', 'bearer null'])(
    'H2 the malformed credential %p is 401 invalid_token',
    async (header) => {
      const response = await get('/me', header);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    },
  );

  it('H3 unknown, revoked, expired, forged and of the wrong type look alike', async () => {
    const answers: string[] = [];
    const look = async (header: string) => {
      const response = await get('/me', header);
      answers.push(`${response.status} ${response.headers.get('www-authenticate')} ${await response.text()}`);
    };
    const revoked = (await manager.createSession('alice'))!;
    await manager.invalidateSession(revoked.accessToken);
    await look(`Bearer ${revoked.accessToken}`);
    await look(`Bearer ${revoked.refreshToken}`);
    await look(`Bearer ${revoked.accessToken.slice(0, -2)}AA`);
    await look(await api());
    const expired = await as('alice');
    now += 3_600_000;
    await look(expired);
    expect(answers).toHaveLength(5);
    expect(new Set(answers).size).toBe(1);
  });

  it('T6 a token in the URL is no credential', async () => {
    const token = (await as('alice')).slice('Bearer '.length);
    for (const name of ['access_token', 'token', 'authorization']) {
      expect((await get(`/me?${name}=${token}`)).status).toBe(401);
    }
  });

  it('T7 two Authorization headers are 400 invalid request, whatever they hold', async () => {
    const header = await as('alice');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(url);
      const outgoing = httpRequest({ port, host: '127.0.0.1', path: '/me' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.setHeader('authorization', [header, 'Basic YTpi'] as never);
      outgoing.on('error', reject).end();
    });
    expect(status).toBe(400);
  });

  it('a refresh token and an api token do not open a route that asks for neither', async () => {
    const { refreshToken } = (await manager.createSession('alice'))!;
    for (const header of [`Bearer ${refreshToken}`, await api()]) {
      expect((await get('/me', header)).status).toBe(401);
    }
  });

  it('@AcceptTokens lists exactly what opens a route', async () => {
    expect((await get('/api-only', await api())).status).toBe(200);
    expect((await get('/api-only', await as('alice'))).status).toBe(401);
  });

  it('@Public lets everyone in and looks at no credential', async () => {
    for (const header of [undefined, 'Bearer garbage']) {
      const response = await get('/public', header);
      expect(await response.json()).toEqual({ user: null });
    }
  });

  it('@OptionalSession passes without a credential, refuses a bad one, and is 503 when the store is down', async () => {
    expect(await (await get('/optional')).json()).toEqual({ username: null });
    const header = await as('alice');
    expect(await (await get('/optional', header)).json()).toEqual({ username: 'alice' });
    expect((await get('/optional', 'Bearer garbage')).status).toBe(401);
    store.access = () => {
      throw new Error('down');
    };
    expect((await get('/optional', header)).status).toBe(503);
  });

  it('H4 a broken store is 503 with Retry-After, never 401 and never a pass', async () => {
    const header = await as('alice');
    store.access = () => Promise.reject(new Error('down')) as never;
    const response = await get('/me', header);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect(await response.json()).toEqual({ statusCode: 503, message: 'Service Unavailable' });
  });

  it('@RequireDataset admits api tokens with the right on the dataset, and every access token', async () => {
    expect((await get('/datasets/a', await api({ a: ['read'] }))).status).toBe(200);
    expect((await get('/datasets/a', await api())).status).toBe(200);
    expect((await get('/datasets/a', await as('alice'))).status).toBe(200);
  });

  it('H2 @RequireDataset refuses an api token without that right: 403 insufficient_scope', async () => {
    const refused: Record<string, Permission[]>[] = [{}, { a: ['write'] }, { b: ['read'] }];
    for (const datasets of refused) {
      const response = await get('/datasets/a', await api(datasets));
      expect(response.status).toBe(403);
      expect(response.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope"');
    }
  });

  it('P1 no name that objects inherit grants anything', async () => {
    const header = await api({ a: ['read'] });
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect((await get(`/datasets/${name}`, header)).status).toBe(403);
    }
  });

  it('@RequireDataset refuses where the route has no such parameter, and where no session guard ran', async () => {
    expect((await get('/misspelt/a', await as('alice'))).status).toBe(403);
    expect((await get('/unguarded/a', await as('alice'))).status).toBe(401);
  });

  it('metadata of the class holds, and requirements of class and handler add up', async () => {
    expect((await get('/class/a', await api({ a: ['write'] }))).status).toBe(200);
    expect((await get('/class/a', await api({ a: ['read'] }))).status).toBe(403);
    expect((await get('/class/a/both', await api({ a: ['write'] }))).status).toBe(403);
    expect((await get('/class/a/both', await api({ a: ['delete'] }))).status).toBe(403);
    expect((await get('/class/a/both', await api({ a: ['write', 'delete'] }))).status).toBe(200);
    expect((await get('/class/a/access', await api({ a: ['write'] }))).status).toBe(401);
  });

  it('what stands on the handler goes before what stands on the class', async () => {
    expect((await get('/open')).status).toBe(200);
    expect((await get('/open/closed')).status).toBe(401);
  });

  it('an error of the library thrown by a controller gets its status from the same table', async () => {
    const response = await fetch(`${url}/fail`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ statusCode: 400, message: 'name: expected text, got 5' });
  });

  it('R1 a logout acts on the next request', async () => {
    const header = await as('alice');
    expect((await get('/me', header)).status).toBe(200);
    await manager.invalidateSession(header.slice('Bearer '.length));
    expect((await get('/me', header)).status).toBe(401);
  });

  it('L1 L2 a refusal is one line with its code and its session, and no token', async () => {
    const { accessToken, sessionId } = (await manager.createSession('alice'))!;
    await manager.invalidateSession(accessToken);
    await get('/me', `Bearer ${accessToken}`);
    await get('/me', 'Bearer nonsense');
    expect(logger.entries).toContain(`debug Refused: ACCESS_TOKEN_NOT_FOUND (revoked), session ${sessionId}`);
    expect(logger.entries).toContain('debug Refused: INVALID_TOKEN');
    expect(logger.entries.join('')).not.toContain(accessToken);
    for (const entry of logger.entries) expect(entry).not.toMatch(/[\r\n]/);
  });

  it('a flood of refusals writes ten lines in a second, and counts the rest', async () => {
    // A whole number, since of others a sum less a summand is not always the other one.
    const start = Math.ceil(performance.now());
    const stopped = jest.spyOn(performance, 'now').mockReturnValue(start);
    for (let number = 0; number < 25; number++) await get('/me', 'Bearer nonsense');
    stopped.mockReturnValue(start + 1000);
    await get('/me', 'Bearer nonsense');
    stopped.mockRestore();
    const refused = 'debug Refused: INVALID_TOKEN';
    const rest = 'debug 15 more like these were left out in the last 1 s';
    expect(logger.entries.slice(-12)).toEqual([...Array<string>(10).fill(refused), rest, refused]);
  });

  it('D1 a header over the limit is refused before anything looks into it', async () => {
    const response = await get('/me', `Bearer ${'a'.repeat(8193)}`);
    expect(response.status).toBe(401);
  });
});
