import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, UseGuards, type INestApplication } from '@nestjs/common';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { isSessionError } from '../../src/core/error-brand.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { toHttpException } from '../../src/nest/contexts/http/http-errors.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { SessionTransport } from '../../src/core/session-transport.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

/** The same modules a second time, as a process has them that holds two copies of the package. */
jest.resetModules();
const errors = await import('../../src/core/errors.js');
const transports = await import('../../src/core/session-transport.js');
const stores = await import('../../src/stores/memory/memory-session.store.js');
const apiTokenStores = await import('../../src/stores/memory/memory-api-token.store.js');
const fileStores = await import('../../src/stores/file/file-api-token.store.js');

const logger = new MemoryLogger();
const KEY = new Uint8Array(64).fill(7);

@Controller()
class Throwing {
  @Get('refused')
  @Public()
  refused() {
    throw new errors.AccessTokenNotFoundError('gone', { reason: 'evicted' });
  }

  @Get('down')
  @Public()
  down() {
    throw new errors.SessionStoreUnavailableError('down');
  }

  @Get('wrong')
  @Public()
  wrong() {
    throw new errors.InvalidInputError('details: too long');
  }

  @Get('bug')
  @Public()
  bug() {
    throw new Error('no error of ours');
  }
}

/** A transport of the application that was compiled against another copy. */
class OtherTransport extends transports.SessionTransport {
  read(request: { headers: Record<string, string | undefined> }): string | undefined {
    const token = request.headers['x-token'];
    if (token === undefined) throw new errors.MissingTokenError('none');
    if (token === 'two') throw new errors.InvalidInputError('more than one credential');
    return token;
  }
}

@Controller('guarded')
@UseGuards(SessionGuard)
class Guarded {
  @Get()
  get() {
    return { in: true };
  }

  @Get('optional')
  @OptionalSession()
  optional() {
    return { in: true };
  }

  @Get('data/:dataset')
  @UseGuards(SessionGuard)
  @RequireDataset('read', 'dataset')
  data() {
    return { in: true };
  }
}

describe.each(PLATFORMS)('errors of another copy of the package on %s', (platform) => {
  let app: INestApplication | undefined;
  afterEach(() => app?.close());

  const start = async (options: object = {}) => {
    const started = await startApp(
      platform,
      {
        imports: [
          SessionModule.forRoot({
            strategy: 'jwt',
            cleanup: false,
            logger,
            secretKey: KEY,
            ...options,
          } as never),
        ],
        controllers: [Throwing, Guarded],
      },
      (builder) => builder.overrideProvider(SessionTransport).useValue(new OtherTransport()),
    );
    app = started.app;
    return (path: string, headers: Record<string, string> = {}) =>
      fetch(`${started.url}/${path}`, { headers });
  };

  it('get their status and their headers from the one table', async () => {
    const get = await start({ tellRefusalReason: true });
    const refused = await get('refused');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(await refused.json()).toEqual({ statusCode: 401, message: 'Unauthorized', reason: 'evicted' });
    const down = await get('down');
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await (await get('wrong')).json()).toEqual({ statusCode: 400, message: 'details: too long' });
    expect((await get('bug')).status).toBe(500);
  });

  it('are answers of a guard, whoever threw them', async () => {
    const get = await start();
    const missing = await get('guarded');
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await get('guarded/optional')).status).toBe(200);
    expect((await get('guarded', { 'x-token': 'two' })).status).toBe(400);
  });

  it('of effectivePermissions keep their status', async () => {
    const apiTokenStore = new apiTokenStores.MemoryApiTokenStore();
    const manager = await createSessionManager({ strategy: 'jwt', secretKey: KEY, apiTokenStore, logger });
    const { token } = await manager.createApiToken('alice', { datasets: { a: ['read'] } });
    const refuse = () => {
      throw new errors.InvalidInputError('no such dataset');
    };
    const get = await start({ effectivePermissions: refuse, apiTokenStore });
    const refused = await get('guarded/data/a', { 'x-token': token });
    expect(await refused.json()).toEqual({ statusCode: 400, message: 'no such dataset' });
  });
});

describe('stores of another copy of the package', () => {
  it('are taken, and their errors are outages', async () => {
    const store = new stores.MemorySessionStore();
    const apiTokenStore = new apiTokenStores.MemoryApiTokenStore();
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey: KEY,
      store,
      apiTokenStore,
      logger,
    });
    const { accessToken } = (await manager.createSession('alice'))!;
    expect(await manager.sessionUsername(accessToken)).toBe('alice');
    const outage = new errors.SessionStoreUnavailableError('the other copy is down');
    store.access = () => {
      throw outage;
    };
    await expect(manager.validateSession(accessToken)).rejects.toBe(outage);
  });

  it('tell the file that they keep tokens in', async () => {
    const apiTokenStore = new fileStores.FileApiTokenStore('/dev/null/none', { logger });
    const manager = await createSessionManager({ strategy: 'jwt', secretKey: KEY, apiTokenStore, logger });
    expect(manager.apiTokenFile).toBe('/dev/null/none/api_token.txt');
  });

  it('that lack a verb are refused by its name', async () => {
    const old = Object.assign(new stores.MemorySessionStore(), { absence: undefined, rotate: undefined });
    await expect(createSessionManager({ strategy: 'token', store: old, logger })).rejects.toThrow(
      'store: expected a SessionStore (no rotate, no absence), got an object',
    );
    await expect(
      createSessionManager({
        strategy: 'jwt',
        apiTokenStore: new stores.MemorySessionStore() as never,
        logger,
      }),
    ).rejects.toThrow('apiTokenStore: expected an ApiTokenStore (no put), got an object');
  });
});

describe('toHttpException', () => {
  it('takes what isSessionError knows', () => {
    const thrown: unknown = new errors.InsufficientScopeError('no right');
    expect(isSessionError(thrown) && toHttpException(thrown).getStatus()).toBe(403);
  });
});
