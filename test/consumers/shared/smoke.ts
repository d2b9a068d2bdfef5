/**
 * What a user's first application does, in each consumer's own Nest, TypeScript and module system: it boots on a
 * free port, logs in, guards, decorates, cleans up on a schedule, lets tests override, and closes.
 */
import 'reflect-metadata';
import { Body, Controller, Get, type INestApplication, Module, Param, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  CurrentUser,
  JwtSessionManager,
  MemoryApiTokenStore,
  MemorySessionStore,
  NoAuthSessionManager,
  Permission,
  RequireDataset,
  SessionGuard,
  SessionManager,
  SessionModule,
  tokensOr429,
  type SweepBudget,
  type SweepResult,
} from 'nestjs-session-manager';
import { manualClock } from 'nestjs-session-manager/testing';
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import { HostModule, watchHost } from './host.js';

/** Tells of each sweep, so that nobody has to ask in a loop whether the clean-up ran. */
class WatchedStore extends MemorySessionStore {
  readonly sweeps = new EventEmitter();
  removed = 0;

  override sweepExpired(now: number, budget: SweepBudget): SweepResult {
    const result = super.sweepExpired(now, budget);
    this.removed += result.removed;
    this.sweeps.emit('sweep');
    return result;
  }
}

const clock = manualClock();
const store = new WatchedStore();

@Controller()
class PlantController {
  // Found by its type alone: decorator metadata survived the build.
  constructor(private readonly sessions: SessionManager) {}

  @Post('login')
  async login(@Body('name') name: string) {
    return tokensOr429(await this.sessions.createSession(name));
  }

  @Get('me')
  @UseGuards(SessionGuard)
  me(@CurrentUser('username') name: string | undefined) {
    return { name };
  }

  @Get('datasets/:dataset')
  @RequireDataset(Permission.Read, 'dataset')
  @UseGuards(SessionGuard)
  read(@Param('dataset') dataset: string) {
    return { dataset };
  }
}

@Module({
  imports: [
    HostModule,
    SessionModule.forRoot({
      strategy: 'jwt',
      sessionTimeout: 60,
      refreshTimeout: 60,
      cleanup: { cron: '* * * * * *' },
      secretKey: randomBytes(64),
      apiTokenStore: new MemoryApiTokenStore(),
      store,
      clock,
    }),
  ],
  controllers: [PlantController],
})
class AppModule {}

async function main() {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  const url = await listen(app);
  await logsInAndGuards(url);
  await holdsApiTokensToTheirDatasets(app, url);
  await cleansUpOnSchedule(app);
  await app.close();

  await yieldsTo((builder) => builder.overrideProvider(SessionManager).useValue(new NoAuthSessionManager()), {
    name: 'admin',
  });
  await yieldsTo((builder) => builder.overrideGuard(SessionGuard).useValue({ canActivate: () => true }), {});

  setTimeout(() => assert.fail('something holds the process after all applications closed'), 3000).unref();
}

async function logsInAndGuards(url: string) {
  const refused = await get(`${url}/me`);
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('www-authenticate'), 'Bearer');

  const login = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'alice' }),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };
  const admitted = await get(`${url}/me`, accessToken);
  assert.equal(admitted.status, 200);
  assert.deepEqual(await admitted.json(), { name: 'alice' });
}

async function holdsApiTokensToTheirDatasets(app: INestApplication, url: string) {
  const { token } = await app
    .get(JwtSessionManager)
    .createApiToken('ci', { datasets: { arabidopsis: [Permission.Read] } });
  const admitted = await get(`${url}/datasets/arabidopsis`, token);
  assert.equal(admitted.status, 200);
  assert.deepEqual(await admitted.json(), { dataset: 'arabidopsis' });
  assert.equal((await get(`${url}/datasets/tomato`, token)).status, 403);
  assert.equal((await get(`${url}/me`, token)).status, 401);
}

async function cleansUpOnSchedule(app: INestApplication) {
  const checkHost = watchHost(app);
  assert.equal(store.removed, 0);
  clock.advance('2m');
  await once(store.sweeps, 'sweep');
  assert.equal(store.removed, 1, 'the expired session is still in the store');

  const start = performance.now();
  for (let sweeps = 0; sweeps < 3; sweeps += 1) await once(store.sweeps, 'sweep');
  const seconds = (performance.now() - start) / 1000;
  assert.ok(seconds > 1.5, `the clean-up of every second ran three times in ${seconds} s`);
  checkHost();
}

/** Boots the same application in a test with something in the session manager's place. */
async function yieldsTo(override: (builder: TestingModuleBuilder) => TestingModuleBuilder, me: object) {
  const module = await override(Test.createTestingModule({ imports: [AppModule] })).compile();
  const app: INestApplication = module.createNestApplication();
  const response = await get(`${await listen(app)}/me`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), me);
  await app.close();
}

async function listen(app: INestApplication) {
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

function get(url: string, token?: string) {
  return fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
}

void main();
