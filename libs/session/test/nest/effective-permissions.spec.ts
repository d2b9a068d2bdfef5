import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  Catch,
  Controller,
  Get,
  Module,
  Post,
  Req,
  UseGuards,
  type ArgumentsHost,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, BaseExceptionFilter } from '@nestjs/core';
import type { EffectivePermissions } from '../../src/core/effective-permissions.js';
import { InsufficientScopeError } from '../../src/core/errors.js';
import type { Permission } from '../../src/core/permission.js';
import { TokenType } from '../../src/core/token-type.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { carriedSession } from '../../src/nest/contexts/request-session.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { AcceptTokens } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp, type Platform } from '../support/nest-app.js';

@RequireDataset('read', 'dataset')
@UseGuards(SessionGuard)
@Controller('datasets/:dataset')
class Datasets {
  @Get()
  read() {
    return {};
  }

  @RequireDataset('write', 'dataset')
  @Post()
  write() {
    return {};
  }
}

@UseGuards(SessionGuard)
@Controller('api-tokens')
class Minting {
  constructor(private readonly sessions: JwtSessionManager) {}

  @Post()
  async create(@CurrentUser('username') username: string) {
    return this.sessions.createApiToken(username);
  }

  @AcceptTokens(TokenType.Api)
  @Get()
  async list(@CurrentUser('username') username: string) {
    return this.sessions.listApiTokens(username);
  }
}

@AcceptTokens(TokenType.Access, TokenType.Api)
@UseGuards(SessionGuard)
@Controller('carried')
class Carried {
  @Get()
  members(@Req() request: object) {
    return Object.keys(carriedSession(request)!);
  }
}

/** What the users of a test may do, on every dataset, as it is at this moment. */
type Rights = Map<string, Permission[]>;

/** A module of the library that only who imports it can see. */
const hiddenModule = (effectivePermissions: EffectivePermissions, logger = new MemoryLogger()) =>
  SessionModule.forRoot({
    strategy: 'jwt',
    secretKey: new Uint8Array(64),
    apiTokenStore: new MemoryApiTokenStore(),
    effectivePermissions,
    logger,
    isGlobal: false,
  });

async function start(platform: Platform, effectivePermissions: EffectivePermissions, logger?: MemoryLogger) {
  const sessions = hiddenModule(effectivePermissions, logger);
  @Module({ imports: [sessions], controllers: [Datasets, Minting, Carried] })
  class Root {}
  const { app, url } = await startApp(platform, { imports: [Root] });
  return { app, url, manager: app.get(JwtSessionManager) };
}

describe.each(PLATFORMS)('With effectivePermissions on %s', (platform) => {
  const rights: Rights = new Map();
  const logger = new MemoryLogger();
  const ask = jest.fn<EffectivePermissions>();
  let app: INestApplication;
  let url: string;
  let manager: JwtSessionManager;

  beforeEach(async () => {
    logger.entries.length = 0;
    rights.clear();
    rights.set('alice', ['read', 'write']);
    ask.mockReset().mockImplementation((username) => rights.get(username) ?? []);
    ({ app, url, manager } = await start(platform, ask, logger));
  });

  afterEach(() => app.close());

  const send = (method: 'GET' | 'POST', path: string, token: string) =>
    fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
  const statusOf = async (...request: Parameters<typeof send>) => (await send(...request)).status;
  const apiToken = async (datasets?: Record<string, Permission[]>, username = 'alice') =>
    (await manager.createApiToken(username, { datasets })).token;

  it('an API token passes if it and its owner hold the right', async () => {
    for (const token of [await apiToken({ a: ['read', 'write'] }), await apiToken()]) {
      expect(await statusOf('GET', '/datasets/a', token)).toBe(200);
      expect(await statusOf('POST', '/datasets/a', token)).toBe(201);
    }
  });

  it('an API token loses a right on the next request after its owner did, and gets it back with it', async () => {
    for (const token of [await apiToken({ a: ['read', 'write'] }), await apiToken()]) {
      expect(await statusOf('POST', '/datasets/a', token)).toBe(201);
      rights.set('alice', ['read']);
      const refused = await send('POST', '/datasets/a', token);
      expect(refused.status).toBe(403);
      expect(refused.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope"');
      expect(await statusOf('GET', '/datasets/a', token)).toBe(200);
      rights.delete('alice');
      expect(await statusOf('GET', '/datasets/a', token)).toBe(403);
      rights.set('alice', ['read', 'write']);
      expect(await statusOf('POST', '/datasets/a', token)).toBe(201);
    }
  });

  it('carriedSession gives an application the session and its user, and nothing of the rule', async () => {
    const { accessToken } = (await manager.createSession('alice'))!;
    for (const token of [accessToken, await apiToken()]) {
      expect(await (await send('GET', '/carried', token)).json()).toEqual(['session', 'user']);
    }
  });

  it('an owner who may more lifts no limit of the token', async () => {
    const token = await apiToken({ a: ['read'] });
    rights.set('alice', ['read', 'write', 'delete']);
    expect(await statusOf('POST', '/datasets/a', token)).toBe(403);
    expect(await statusOf('GET', '/datasets/b', token)).toBe(403);
  });

  it('each requirement asks once on each request, of owner and dataset, and a refusal by the token never', async () => {
    const token = await apiToken({ a: ['read', 'write'] });
    ask.mockClear();
    await send('GET', '/datasets/a', token);
    expect(ask.mock.calls).toEqual([['alice', 'a']]);
    await send('GET', '/datasets/a', token);
    expect(ask).toHaveBeenCalledTimes(2);
    await send('POST', '/datasets/a', token);
    expect(ask).toHaveBeenCalledTimes(4);
    await send('GET', '/datasets/b', token);
    expect(ask).toHaveBeenCalledTimes(4);
  });

  it('an access token passes and nobody is asked: roles are the application’s, under every strategy', async () => {
    const { accessToken } = (await manager.createSession('nobody'))!;
    expect(await statusOf('POST', '/datasets/a', accessToken)).toBe(201);
    expect(ask).not.toHaveBeenCalled();
  });

  it.each<[string, () => unknown]>([
    ['throws', () => unreachable()],
    ['rejects', () => Promise.reject(new Error('connect\nECONNREFUSED'))],
    ['answers nothing', () => undefined],
    ['answers something else than a list', () => 'read,write'],
    ['finds an inherited name in a table', () => ({})['constructor' as never]],
  ])(
    'H4 a source of rights that %s is 503 with Retry-After, logged in one line, never a pass',
    async (_, broken) => {
      const token = await apiToken();
      ask.mockImplementation(broken as EffectivePermissions);
      const response = await send('GET', '/datasets/a', token);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await response.json()).toEqual({ statusCode: 503, message: 'Service Unavailable' });
      const [entry, ...others] = logger.entries.filter((line) => line.startsWith('error '));
      expect(entry).toMatch(/^error effectivePermissions could not answer: \w*Error: [^\n]+$/);
      expect(others).toEqual([]);
      expect(entry).not.toContain(token);
    },
  );

  it('an error of this library that it throws is answered as what it is', async () => {
    const token = await apiToken();
    ask.mockRejectedValue(new InsufficientScopeError('disabled'));
    expect(await statusOf('GET', '/datasets/a', token)).toBe(403);
  });

  it('an error that is not this library’s flies on as it is, to the filters of the application', async () => {
    const fault = new TypeError('the cursor is closed');
    const unreadable = Object.assign([], {
      includes: () => {
        throw fault;
      },
    });
    const caught: unknown[] = [];
    @Catch(TypeError)
    class Catching extends BaseExceptionFilter {
      override catch(error: unknown, host: ArgumentsHost) {
        caught.push(error);
        super.catch(error, host);
      }
    }
    const sessions = hiddenModule(() => unreadable);
    const filter = { provide: APP_FILTER, useClass: Catching };
    @Module({ imports: [sessions], controllers: [Datasets], providers: [filter] })
    class Root {}
    const faulty = await startApp(platform, { imports: [Root] });
    try {
      const { token } = await faulty.app.get(JwtSessionManager).createApiToken('alice');
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(`${faulty.url}/datasets/a`, { headers })).status).toBe(500);
      expect(caught).toHaveLength(1);
      expect(caught[0]).toBe(fault);
    } finally {
      await faulty.app.close();
    }
  });

  it('an API token mints no token: a route that does not ask for it is 401, whatever it may do', async () => {
    const { accessToken } = (await manager.createSession('alice'))!;
    expect(await statusOf('POST', '/api-tokens', accessToken)).toBe(201);
    const before = await manager.listApiTokens('alice');
    const tokens = [await apiToken(), await apiToken({ a: ['read', 'write'] })];
    for (const token of tokens) {
      expect(await statusOf('GET', '/api-tokens', token)).toBe(200);
      expect(await statusOf('POST', '/api-tokens', token)).toBe(401);
    }
    expect(await manager.listApiTokens('alice')).toHaveLength(before.length + tokens.length);
  });

  it('holds tokens in a module that does not see the options, where the session guard is global', async () => {
    @Module({ imports: [hiddenModule(ask)], providers: [{ provide: APP_GUARD, useExisting: SessionGuard }] })
    class Guarding {}
    @Controller('datasets/:dataset')
    class Unseeing {
      @RequireDataset('read', 'dataset')
      @Get()
      read() {
        return {};
      }
    }
    const blind = await startApp(platform, { imports: [Guarding], controllers: [Unseeing] });
    try {
      const { token } = await blind.app.get(JwtSessionManager, { strict: false }).createApiToken('alice');
      const get = async () =>
        (await fetch(`${blind.url}/datasets/a`, { headers: { authorization: `Bearer ${token}` } })).status;
      expect(await get()).toBe(200);
      rights.clear();
      expect(await get()).toBe(403);
    } finally {
      await blind.app.close();
    }
  });
});

function unreachable(): never {
  throw new TypeError("Cannot read properties of undefined (reading 'find')");
}
