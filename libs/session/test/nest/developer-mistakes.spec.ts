import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  UseGuards,
  type INestApplication,
  type ModuleMetadata,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { SessionConfigurationError } from '../../src/core/errors.js';
import { Permission } from '../../src/core/permission.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { opaqueManager } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

const NO_MANAGER =
  'SessionGuard: found no session manager; import SessionModule.forRoot(…) in the root module (with isGlobal: false in ' +
  'this one too), and instead of a guard made by hand bind { provide: APP_GUARD, useExisting: SessionGuard } or use ' +
  'app.get(SessionGuard); a unit test of a controller replaces it by overrideGuard(SessionGuard).useValue(…)';

const CALL_IT_ONCE =
  'call SessionModule.forRoot(…) once, in the root module: it is global, and with isGlobal: false other modules ' +
  'import what that call returned';

const logger = new MemoryLogger();
const forRoot = (isGlobal = true) => SessionModule.forRoot({ strategy: 'token', logger, isGlobal });

@Controller()
@UseGuards(SessionGuard)
class Guarded {
  @Get()
  read() {
    return {};
  }
}

@Injectable()
class Service {
  constructor(readonly sessions: SessionManager) {}
}

@Controller()
class Injecting {
  constructor(readonly sessions: SessionManager) {}
}

@Module({ imports: [SessionModule], providers: [Service] })
class BareFeature {}

/** What an application with these modules and providers says when it refuses to boot. */
async function refusal(metadata: ModuleMetadata): Promise<unknown> {
  const module = Test.createTestingModule(metadata).setLogger(new MemoryLogger());
  return module.compile().then(
    (compiled) => compiled.close(),
    (error: unknown) => error,
  );
}

async function expectTaught(metadata: ModuleMetadata, sentence: string): Promise<void> {
  expect(await refusal(metadata)).toMatchObject({ code: 'SESSION_CONFIGURATION', message: sentence });
}

describe('At boot', () => {
  it.each<[string, ModuleMetadata]>([
    ['@UseGuards(SessionGuard)', { controllers: [Guarded] }],
    ['APP_GUARD with useClass', { providers: [{ provide: APP_GUARD, useClass: SessionGuard }] }],
  ])('%s without the module says to import it', async (_, metadata) => {
    await expectTaught(metadata, NO_MANAGER);
  });

  it('a guard in a module that cannot see a module that is not global says so too', async () => {
    @Module({ controllers: [Guarded] })
    class Feature {}
    await expectTaught({ imports: [forRoot(false), Feature] }, NO_MANAGER);
    const shared = forRoot(false);
    @Module({ imports: [shared], controllers: [Guarded] })
    class SeeingFeature {}
    expect(await refusal({ imports: [shared, SeeingFeature] })).toBeUndefined();
  });

  it('a guard made by hand says how to let Nest make it', () => {
    const MadeByHand = SessionGuard as unknown as new () => SessionGuard;
    expect(() => new MadeByHand()).toThrow(new SessionConfigurationError(NO_MANAGER));
  });

  it.each(['sessions', 'transport', 'settings'] as const)(
    'a guard made by hand that lacks nothing but its %s says so too',
    async (lacking) => {
      const sessions = await opaqueManager();
      const parts = { sessions, transport: new BearerTransport(), settings: { logger } };
      const make = ({ sessions, transport, settings }: Partial<typeof parts>) =>
        new SessionGuard(sessions!, transport!, settings!);
      expect(() => make(parts)).not.toThrow();
      expect(() => make({ ...parts, [lacking]: undefined })).toThrow(
        new SessionConfigurationError(NO_MANAGER),
      );
    },
  );

  // Nest looks for these before anything of this library is asked; at least it names what it looked for.
  it.each<[string, ModuleMetadata, RegExp]>([
    [
      'APP_GUARD with useExisting',
      { providers: [{ provide: APP_GUARD, useExisting: SessionGuard }] },
      /SessionGuard at index \[0\]/,
    ],
    ['a provider', { providers: [Service] }, /Service \(\?\).*SessionManager at index \[0\]/s],
    ['a controller', { controllers: [Injecting] }, /Injecting \(\?\).*SessionManager at index \[0\]/s],
  ])("the module forgotten by %s is told in Nest's own words", async (_, metadata, words) => {
    expect(await refusal(metadata)).toMatchObject({ message: expect.stringMatching(words) });
  });

  it.each<[string, ModuleMetadata]>([
    ['alone', {}],
    ['with a provider that injects', { providers: [Service] }],
    ['with a controller that injects', { controllers: [Injecting] }],
    ['with a guard', { controllers: [Guarded] }],
    ['with a global guard', { providers: [{ provide: APP_GUARD, useExisting: SessionGuard }] }],
  ])('SessionModule imported without forRoot, %s, says to call it', async (_, metadata) => {
    await expectTaught(
      { ...metadata, imports: [SessionModule] },
      `SessionModule: imported without a strategy; ${CALL_IT_ONCE}`,
    );
  });

  it('SessionModule imported once more without forRoot says to call it once', async () => {
    for (const imports of [
      [forRoot(), BareFeature],
      [BareFeature, forRoot()],
    ]) {
      await expectTaught({ imports }, `SessionModule: imported without a strategy; ${CALL_IT_ONCE}`);
    }
  });

  it('forRoot called twice, in whatever form, says to call it once', async () => {
    const async = () =>
      SessionModule.forRootAsync({
        strategy: 'jwt',
        useFactory: () => ({ logger, apiTokenDir: '/nowhere' }),
      });
    for (const [first, second] of [
      [forRoot(), forRoot()],
      [forRoot(), async()],
      [async(), forRoot()],
    ]) {
      @Module({ imports: [second!] })
      class Feature {}
      await expectTaught(
        { imports: [first!, Feature] },
        `SessionModule: expected one instance in an application, got 2, of which none knows the sessions of ` +
          `another; ${CALL_IT_ONCE}`,
      );
    }
  });

  it.each<[string, ModuleMetadata]>([
    ['@UseGuards', { controllers: [Guarded] }],
    ['APP_GUARD with useClass', { providers: [{ provide: APP_GUARD, useClass: SessionGuard }] }],
    ['APP_GUARD with useExisting', { providers: [{ provide: APP_GUARD, useExisting: SessionGuard }] }],
  ])('a fault in the options is told before a guard bound by %s misses its manager', async (_, metadata) => {
    const wrong = SessionModule.forRoot({ strategy: 'token', logger, leeway: 2 } as never);
    await expectTaught({ ...metadata, imports: [wrong] }, 'leeway: not an option of the strategy "token"');
    const late = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      throw new SessionConfigurationError('no options today');
    };
    await expectTaught(
      { ...metadata, imports: [SessionModule.forRootAsync({ strategy: 'token', useFactory: late })] },
      'no options today',
    );
  });
});

@Controller('unguarded/:dataset')
class Unguarded {
  @RequireDataset(Permission.Read, 'dataset')
  @Get()
  read() {
    return {};
  }
}

/** Decorators run from the bottom up, and so do their guards. */
@UseGuards(SessionGuard)
@RequireDataset(Permission.Read, 'dataset')
@Controller('upside-down/:dataset')
class UpsideDown {
  @Get()
  read() {
    return {};
  }
}

@Controller()
@UseGuards(SessionGuard)
class Files {
  @Public()
  @RequireDataset(Permission.Read, 'dataset')
  @Get('public/:dataset')
  open() {
    return {};
  }

  @RequireDataset(Permission.Read, 'dataset')
  @Get('misspelt/:data')
  misspelt() {
    return {};
  }

  @OptionalSession()
  @RequireDataset(Permission.Read, 'dataset')
  @Get('optional/:dataset')
  optional() {
    return {};
  }

  @RequireDataset(Permission.Read, 'dataset')
  @Get('right/:dataset')
  right() {
    return {};
  }
}

@Controller('api-tokens')
class ApiTokens {
  constructor(private readonly sessions: SessionManager) {}

  @Post()
  create() {
    return this.sessions.createApiToken('alice');
  }
}

/** Nothing guards it, so it has no user; what is no mistake must not become one. */
@Controller('open')
class Open {
  @Get()
  read(@CurrentUser() user: unknown) {
    return { user: user ?? null };
  }
}

describe.each(PLATFORMS)('At the first request on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  let bearer: string;

  beforeEach(async () => {
    logger.entries.length = 0;
    ({ app, url } = await startApp(platform, {
      imports: [forRoot()],
      controllers: [Unguarded, UpsideDown, Files, ApiTokens, Open],
    }));
    bearer = `Bearer ${(await app.get(SessionManager).createSession('alice'))!.accessToken}`;
  });

  afterEach(() => app.close());

  const get = (path: string, authorization = bearer) => fetch(url + path, { headers: { authorization } });
  const mistakes = () => logger.entries.filter((entry) => entry.startsWith('error '));

  const NO_GUARD =
    'no session guard ran before @RequireDataset, which refuses everyone then; bind SessionGuard globally, on the ' +
    'class that has the decorator, or below the decorator';

  it.each([
    ['without a session guard', '/unguarded/a', 401, `Unguarded.read: ${NO_GUARD}`],
    ['below @UseGuards(SessionGuard) on its class', '/upside-down/a', 401, `UpsideDown.read: ${NO_GUARD}`],
    [
      'beside @Public()',
      '/public/a',
      401,
      'Files.open: @Public() leaves @RequireDataset no session to judge, so that it refuses everyone; remove one of the two',
    ],
    [
      'of a parameter that the route lacks',
      '/misspelt/a',
      403,
      'Files.misspelt: @RequireDataset names the parameter "dataset", which the route lacks; name one of its parameters',
    ],
  ])('@RequireDataset %s refuses the client and tells the log once', async (_, path, status, sentence) => {
    for (let request = 0; request < 2; request++) {
      const response = await get(path);
      expect(response.status).toBe(status);
      expect(await response.text()).not.toContain('Guard');
    }
    expect(mistakes()).toEqual([`error ${sentence}`]);
  });

  it('@RequireDataset is silent where only the request falls short', async () => {
    expect((await get('/right/a')).status).toBe(200);
    expect((await get('/right/a', 'Bearer wrong')).status).toBe(401);
    expect((await get('/optional/a', '')).status).toBe(401);
    expect(mistakes()).toEqual([]);
  });

  it('@CurrentUser() on a route that no guard guards is undefined', async () => {
    expect(await (await get('/open')).json()).toEqual({ user: null });
  });

  it('an API token under another strategy is 501 and says which to choose', async () => {
    const response = await fetch(`${url}/api-tokens`, { method: 'POST' });
    expect(response.status).toBe(501);
    expect(await response.json()).toEqual({
      statusCode: 501,
      message:
        "createApiToken: only the strategy 'jwt' has API tokens; choose it by SessionModule.forRoot('jwt') or " +
        "createSessionManager('jwt')",
    });
  });
});

describe('@RequireDataset in an application without SessionModule', () => {
  it("refuses the client and tells Nest's own log", async () => {
    const entries = new MemoryLogger();
    const { app, url } = await startApp('Express', { controllers: [Unguarded] });
    app.useLogger(entries);
    expect((await fetch(`${url}/unguarded/a`)).status).toBe(401);
    expect(entries.entries.join()).toContain('Unguarded.read: no session guard ran before @RequireDataset');
    await app.close();
  });
});
