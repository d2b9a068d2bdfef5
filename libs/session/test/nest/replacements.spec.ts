import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Module,
  UseGuards,
  type INestApplication,
  type ModuleMetadata,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { Permission } from '../../src/core/permission.js';
import type { SessionInfo } from '../../src/core/session.js';
import { NoAuthSessionManager } from '../../src/managers/no-auth-session.manager.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { CurrentSession, CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { guardAs, testSessions } from '../../src/testing/index.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { startApp } from '../support/nest-app.js';

interface User {
  readonly name: string;
  readonly role: string;
}

@Injectable()
class Users {
  find(name: string): User | null {
    return name === 'alice' ? { name, role: 'gardener' } : null;
  }
}

@Module({ providers: [Users], exports: [Users] })
class UsersModule {}

@Controller()
class Garden {
  @Get('me')
  me(
    @CurrentUser() user: User,
    @CurrentUser('role') role: string,
    @CurrentSession() { username }: SessionInfo,
  ) {
    return { user, role, username };
  }

  @Get('datasets/:dataset')
  @RequireDataset(Permission.Read, 'dataset')
  dataset() {
    return {};
  }

  @Get('open')
  @Public()
  open(@CurrentUser() user: unknown) {
    return { user: user ?? null };
  }
}

@Controller()
@UseGuards(SessionGuard)
class GuardedGarden extends Garden {}

/** An application as they are: its users come from a service of its own. */
const sessions = () =>
  SessionModule.forRootAsync({
    strategy: 'token',
    imports: [UsersModule],
    inject: [Users],
    useFactory: (users: Users) => ({
      logger: new MemoryLogger(),
      resolveUser: ({ username }) => users.find(username),
    }),
  });
const byAppGuard = (): ModuleMetadata => ({
  imports: [sessions()],
  controllers: [Garden],
  providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
});
const byUseGuards = (): ModuleMetadata => ({ imports: [sessions()], controllers: [GuardedGarden] });

const ALICE = { user: { name: 'alice', role: 'gardener' }, role: 'gardener', username: 'alice' };

describe('In an e2e test of an application with a user service', () => {
  let app: INestApplication | undefined;
  let url: string;

  beforeEach(() => {
    app = undefined;
  });
  afterEach(() => app?.close());

  async function start(metadata: ModuleMetadata, override: (builder: TestingModuleBuilder) => unknown) {
    ({ app, url } = await startApp('Express', metadata, (builder) => {
      override(builder);
      return builder;
    }));
  }

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, { headers });
    return response.ok ? await response.json() : response.status;
  };

  it.each([
    ['APP_GUARD', byAppGuard],
    ['@UseGuards', byUseGuards],
  ])(
    'overrideProvider(SessionManager) by one of testSessions works with the guard bound by %s',
    async (_, metadata) => {
      const tested = await testSessions('token');
      await start(metadata(), (builder) => builder.overrideProvider(SessionManager).useValue(tested.manager));
      expect(await get('/me', await tested.as('alice'))).toEqual(ALICE);
      expect(await get('/me', await tested.as('bob'))).toBe(401);
      expect(await get('/me')).toBe(401);
    },
  );

  it('overrideProvider(SessionManager) by the no-auth manager wants a user service that knows "admin" too', async () => {
    const logger = new MemoryLogger();
    const anyone = new NoAuthSessionManager({ logger });
    await start(byAppGuard(), (builder) => builder.overrideProvider(SessionManager).useValue(anyone));
    expect(await get('/me')).toBe(401);
    await app?.close();
    await start(byAppGuard(), (builder) =>
      builder
        .overrideProvider(SessionManager)
        .useValue(anyone)
        .overrideProvider(Users)
        .useValue({ find: (name: string) => ({ name, role: 'tester' }) }),
    );
    expect(await get('/me')).toEqual({
      user: { name: 'admin', role: 'tester' },
      role: 'tester',
      username: 'admin',
    });
  });

  it.each<[string, () => ModuleMetadata, (builder: TestingModuleBuilder) => unknown]>([
    [
      'overrideProvider(SessionGuard), of a guard bound by APP_GUARD,',
      byAppGuard,
      (builder) => builder.overrideProvider(SessionGuard).useValue(guardAs('alice', ALICE.user)),
    ],
    [
      'overrideGuard(SessionGuard), of a guard bound by @UseGuards,',
      byUseGuards,
      (builder) => builder.overrideGuard(SessionGuard).useValue(guardAs('alice', ALICE.user)),
    ],
  ])('%s by guardAs leaves everyone a user and a session', async (_, metadata, override) => {
    await start(metadata(), override);
    expect(await get('/me')).toEqual(ALICE);
    expect(await get('/me', { authorization: 'Bearer anything' })).toEqual(ALICE);
    expect(await get('/datasets/a')).toEqual({});
    expect(await get('/open')).toEqual({ user: null });
  });

  it('guardAs without a user gives the session, as an application without resolveUser does', async () => {
    await start(byAppGuard(), (builder) => builder.overrideProvider(SessionGuard).useValue(guardAs('bob')));
    expect(await get('/me')).toMatchObject({ user: { username: 'bob', type: 'access' }, username: 'bob' });
  });
});

describe('In a unit test of a controller', () => {
  const unit = () => Test.createTestingModule({ controllers: [GuardedGarden] }).setLogger(new MemoryLogger());

  it('the guard that cannot be made names overrideGuard(SessionGuard), and that is what it takes', async () => {
    await expect(unit().compile()).rejects.toThrow(/unit test .* overrideGuard\(SessionGuard\)\.useValue/);
    const module = await unit().overrideGuard(SessionGuard).useValue(guardAs('alice')).compile();
    expect(module.get(GuardedGarden)).toBeInstanceOf(GuardedGarden);
  });
});
