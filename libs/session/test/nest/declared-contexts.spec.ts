import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable, UseGuards, type INestApplication } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Permission } from '../../src/core/permission.js';
import type { SessionInfo } from '../../src/core/session.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { declareContext } from '../../src/nest/contexts/context-kinds.js';
import { carriedSession } from '../../src/nest/contexts/request-session.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { CurrentSession, CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from '../support/memory-logger.js';

/** What a queue hands its consumers: no part of it is where HTTP has it. */
interface Job {
  readonly envelope?: { readonly headers: { readonly authorization?: string } };
  readonly input?: Readonly<Record<string, unknown>>;
}

class JobRefused extends Error {}

declareContext('queue', (host) => {
  const job = host.getArgByIndex<Job>(1);
  if (job.envelope === undefined) return undefined;
  return {
    request: job.envelope,
    carrier: job,
    parameter: (name) => job.input?.[name],
    exceptionFor: async ({ code }, disclosure) =>
      new JobRefused(disclosure?.tellRefusalReason ? `${code}, and the reason may be told` : code),
  };
});

@Injectable()
@UseGuards(SessionGuard)
class Consumer {
  constructor(private readonly sessions: JwtSessionManager) {}

  me(@CurrentUser('name') name: string, @CurrentSession() session: SessionInfo | undefined) {
    return { name, username: session?.username };
  }

  @OptionalSession()
  optional(@CurrentSession() session: SessionInfo | undefined) {
    return { username: session?.username };
  }

  @UseGuards(SessionGuard)
  @RequireDataset(Permission.Read, 'dataset')
  dataset(@CurrentSession() { type }: SessionInfo) {
    return { type };
  }

  @Public()
  validate() {
    return this.sessions.validateSession('not a token');
  }
}

const logger = new MemoryLogger();
let app: INestApplication;
let manager: JwtSessionManager;

beforeEach(async () => {
  logger.entries.length = 0;
  const module = await Test.createTestingModule({
    imports: [
      SessionModule.forRoot({
        strategy: 'jwt',
        secretKey: new Uint8Array(64),
        apiTokenStore: new MemoryApiTokenStore(),
        resolveUser: ({ username }) => ({ name: username.toUpperCase() }),
        tellRefusalReason: true,
        logger,
      }),
    ],
    providers: [Consumer],
  })
    .setLogger(new MemoryLogger())
    .compile();
  app = await module.createNestApplication().init();
  manager = app.get(JwtSessionManager);
});

afterEach(() => app.close());

/** Where `createParamDecorator` notes what it decorates. */
const PARAMETERS = '__routeArguments__';

/** Hands a job to a consumer as a library for queues would: guards, filters, decorated parameters and all. */
function consume(method: 'me' | 'optional' | 'dataset' | 'validate', job: Job): Promise<unknown> {
  const consumer = app.get(Consumer);
  const handler = consumer[method] as () => unknown;
  const ownParameters = { exchangeKeyForValue: () => undefined };
  const enhancers = { guards: true, interceptors: true, filters: true };
  const handle = app
    .get(ExternalContextCreator)
    .create(
      consumer,
      handler,
      method,
      PARAMETERS,
      ownParameters,
      undefined,
      undefined,
      enhancers,
      'queue',
    ) as (...args: unknown[]) => Promise<unknown>;
  return handle('the queue', job);
}

const carrying = (token: string, input?: Job['input']): Job => ({
  envelope: { headers: { authorization: `Bearer ${token}` } },
  input,
});

const accessToken = async () => (await manager.createSession('alice'))!.accessToken;

it('a kind of context is declared, and guard and decorators read its sessions', async () => {
  const job = carrying(await accessToken());
  expect(await consume('me', job)).toEqual({ name: 'ALICE', username: 'alice' });
  expect(await consume('optional', job)).toEqual({ username: 'alice' });
  expect(carriedSession(job)).toMatchObject({ session: { username: 'alice' }, user: { name: 'ALICE' } });
  expect(carriedSession(job.envelope!)).toBeUndefined();
});

it('the dataset of an API token is named by what the kind calls a parameter', async () => {
  const { token } = await manager.createApiToken('robot', { datasets: { mine: [Permission.Read] } });
  expect(await consume('dataset', carrying(token, { dataset: 'mine' }))).toEqual({ type: 'api' });
  for (const input of [{ dataset: 'theirs' }, { dataset: ['mine'] }, {}, undefined]) {
    const refusal = consume('dataset', carrying(token, input));
    await expect(refusal).rejects.toEqual(new JobRefused('INSUFFICIENT_SCOPE'));
  }
});

it('what is refused there, or thrown by a handler, is an exception of the kind’s own', async () => {
  const bad = consume('me', carrying('not-a-token'));
  await expect(bad).rejects.toEqual(new JobRefused('INVALID_TOKEN, and the reason may be told'));
  const none = consume('me', { envelope: { headers: {} } });
  await expect(none).rejects.toEqual(new JobRefused('MISSING_TOKEN, and the reason may be told'));
  const thrown = consume('validate', { envelope: { headers: {} } });
  await expect(thrown).rejects.toEqual(new JobRefused('INVALID_TOKEN, and the reason may be told'));
  expect(await consume('optional', { envelope: { headers: {} } })).toEqual({ username: undefined });
});

it('X3 one of a declared kind without a request behind it is refused as an undeclared one is', async () => {
  await expect(consume('me', {})).rejects.toMatchObject({ status: 401 });
  await expect(consume('optional', {})).rejects.toMatchObject({ status: 401 });
  expect(logger.entries.filter((entry) => entry.startsWith('error '))).toEqual([
    expect.stringContaining('Consumer.me: nothing here reads a session from a context of the kind "queue"'),
    expect.stringContaining('Consumer.optional: nothing here reads a session'),
  ]);
});
