import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, UseFilters, UseGuards, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD, ExternalContextCreator } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Args, GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { Permission } from '../../src/core/permission.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { CurrentSession, CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionExceptionFilter } from '../../src/nest/contexts/http/session-exception.filter.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from '../support/memory-logger.js';

const logger = new MemoryLogger();
const ran: string[] = [];
const closing: (() => unknown)[] = [];

beforeEach(() => {
  logger.entries.length = ran.length = 0;
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const sessions = (tellRefusalReason = false) =>
  SessionModule.forRoot({
    strategy: 'jwt',
    secretKey: new Uint8Array(64),
    apiTokenStore: new MemoryApiTokenStore(),
    logger,
    tellRefusalReason,
  });
const globalGuard = { provide: APP_GUARD, useExisting: SessionGuard };

const compile = (metadata: ModuleMetadata) =>
  Test.createTestingModule(metadata).setLogger(new MemoryLogger()).compile();

/** A message as an HTTP request would look, its sender's rights and all. */
async function messageOf(manager: JwtSessionManager) {
  const { token } = await manager.createApiToken('robot', { datasets: { mine: [Permission.Read] } });
  const { accessToken } = (await manager.createSession('alice'))!;
  const like = (credential: string) => ({
    headers: { authorization: `Bearer ${credential}` },
    params: { dataset: 'mine' },
    dataset: 'theirs',
  });
  return { session: like(accessToken), apiToken: like(token) };
}

/** A token whose session was ended: what is known of that, a client is not told. */
async function revokedToken(manager: SessionManager): Promise<string> {
  const { accessToken } = (await manager.createSession('alice'))!;
  await manager.invalidateSession(accessToken);
  return accessToken;
}

const UNAUTHORIZED = { status: 'error', statusCode: 401, message: 'Unauthorized', code: 'UNAUTHENTICATED' };

/** Every word that would tell why a token was refused. */
const REASONS = /revoked|expired|not found|not_found|NotFound|InvalidToken|session/i;

/** What the log tells the developer, by route. */
const mistakes = () =>
  logger.entries
    .filter((entry) => entry.startsWith('error '))
    .map((entry) =>
      entry
        .replace(
          /: nothing here reads a session from a context of the kind "(\w+)", so that everyone is refused; mark the handler @Public\(\), .*/,
          ' $1',
        )
        .replace(
          /: messages of this transport have no headers, .* the option rpcCredential .*/,
          ' rpcCredential',
        )
        .replace(/: nobody kept the request .* wrap the adapter: .*sessionSockets\(.*/, ' sessionSockets')
        .replace(/: @Public\(\) leaves @RequireDataset no session to judge, .*/, ' public dataset'),
    );

/** Notes that a handler ran. */
const running = (name: string) => {
  ran.push(name);
  return name;
};

describe('Microservices over TCP', () => {
  @Controller()
  class Handlers {
    constructor(private readonly manager: SessionManager) {}

    @MessagePattern('guarded')
    guarded(@CurrentUser() _user: unknown) {
      return running('guarded');
    }

    @MessagePattern('optional')
    @OptionalSession()
    optional() {
      return running('optional');
    }

    @MessagePattern('dataset')
    @RequireDataset(Permission.Read, 'dataset')
    dataset() {
      return running('dataset');
    }

    @MessagePattern('public dataset')
    @Public()
    @RequireDataset(Permission.Read, 'dataset')
    publicDataset() {
      return running('public dataset');
    }

    @MessagePattern('public')
    @Public()
    open(@CurrentUser() user: unknown, @CurrentSession() session: unknown) {
      return { user: user ?? null, session: session ?? null };
    }

    @MessagePattern('validate')
    @Public()
    validate(@Payload() token: string) {
      return this.manager.validateSession(token);
    }

    @EventPattern('validate event')
    @Public()
    async validateEvent(@Payload() token: string) {
      running('event');
      await this.manager.validateSession(token);
    }
  }

  @Controller()
  @UseGuards(SessionGuard)
  class GuardedByClass {
    @MessagePattern('guarded by class')
    guarded() {
      return running('guarded by class');
    }
  }

  const metadata = (tellRefusalReason?: boolean): ModuleMetadata => ({
    imports: [sessions(tellRefusalReason)],
    controllers: [Handlers, GuardedByClass],
    providers: [globalGuard],
  });
  const OPTIONS: MicroserviceOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };

  function clientOf(server: Server) {
    const { port } = server.address() as AddressInfo;
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    });
    closing.push(() => client.close());
    return {
      send: (pattern: string, payload: unknown) => firstValueFrom(client.send<unknown>(pattern, payload)),
      emit: (pattern: string, payload: unknown) => firstValueFrom(client.emit(pattern, payload)),
    };
  }

  async function alone(tellRefusalReason?: boolean) {
    const module = await compile(metadata(tellRefusalReason));
    const app = module.createNestMicroservice<MicroserviceOptions>(OPTIONS);
    closing.push(() => app.close());
    await app.listen();
    return { ...clientOf(app.unwrap<Server>()), manager: module.get(JwtSessionManager) };
  }

  async function hybrid(inheritAppConfig: boolean) {
    const module = await compile(metadata());
    const app = module.createNestApplication();
    closing.push(() => app.close());
    const microservice = app.connectMicroservice<MicroserviceOptions>(OPTIONS, { inheritAppConfig });
    await app.startAllMicroservices();
    return { ...clientOf(microservice.unwrap<Server>()), manager: module.get(JwtSessionManager) };
  }

  it('X3 a message is no request, whatever it looks like: the call rejects, and the log says once how to mend it', async () => {
    const { send, manager } = await alone();
    const { session, apiToken } = await messageOf(manager);
    for (const pattern of ['guarded', 'optional', 'dataset', 'public dataset', 'guarded by class']) {
      for (const payload of [session, apiToken, 'text', 5]) {
        await expect(send(pattern, payload)).rejects.toEqual(UNAUTHORIZED);
      }
    }
    expect(ran).toEqual([]);
    expect(mistakes()).toEqual(
      ['guarded', 'optional', 'dataset']
        .map((name) => `error Handlers.${name} rpcCredential`)
        .concat('error Handlers.publicDataset public dataset', 'error GuardedByClass.guarded rpcCredential'),
    );
  });

  it('X3 @Public() lets messages in, and they carry no session', async () => {
    const { send, manager } = await alone();
    for (const payload of [(await messageOf(manager)).session, 5, '']) {
      expect(await send('public', payload)).toEqual({ user: null, session: null });
    }
    expect(mistakes()).toEqual([]);
  });

  it.each([
    ['in a microservice', () => alone()],
    ['in a hybrid application with inheritAppConfig', () => hybrid(true)],
  ])('X6 an error of ours rejects %s, and tells no reason', async (_, start) => {
    const { send, emit, manager } = await start();
    for (const token of ['not-a-token', await revokedToken(manager), '']) {
      const error: unknown = await send('validate', token).catch((thrown: unknown) => ({ thrown }));
      expect(error).toEqual({ thrown: UNAUTHORIZED });
    }
    await emit('validate event', 'not-a-token');
    // Whatever the event did to the process has happened once a later message is answered.
    const { accessToken } = (await manager.createSession('alice'))!;
    expect(await send('validate', accessToken)).toMatchObject({ username: 'alice' });
    expect(ran).toEqual(['event']);
  });

  it('X6 an error of ours rejects in a hybrid application without inheritAppConfig too', async () => {
    const { send } = await hybrid(false);
    const error: unknown = await send('validate', 'not-a-token').catch((thrown: unknown) => ({ thrown }));
    expect(error).toMatchObject({ thrown: { status: 'error' } });
    expect(JSON.stringify(error)).not.toMatch(REASONS);
  });

  it('X3 @UseGuards(SessionGuard) refuses in a hybrid application without inheritAppConfig too', async () => {
    const { send, manager } = await hybrid(false);
    const { session } = await messageOf(manager);
    await expect(send('guarded by class', session)).rejects.toMatchObject({ status: 'error' });
    expect(ran).toEqual([]);
  });

  it('X6 the reason is told where tellRefusalReason says so', async () => {
    const { send, manager } = await alone(true);
    await expect(send('validate', await revokedToken(manager))).rejects.toMatchObject({ reason: 'revoked' });
  });
});

describe.each(['socket.io', 'ws'] as const)('Gateways on %s', (kind) => {
  @WebSocketGateway()
  @UseGuards(SessionGuard)
  class Gateway {
    constructor(private readonly manager: SessionManager) {}

    @SubscribeMessage('guarded')
    guarded() {
      return { event: 'ran', data: running('guarded') };
    }

    @SubscribeMessage('dataset')
    @RequireDataset(Permission.Read, 'dataset')
    dataset() {
      return { event: 'ran', data: running('dataset') };
    }

    @SubscribeMessage('public')
    @Public()
    open(@CurrentUser() user: unknown, @CurrentSession() session: unknown) {
      return { event: 'open', data: { user: user ?? null, session: session ?? null } };
    }

    @SubscribeMessage('validate')
    @Public()
    async validate(@MessageBody() { token }: { token: string }) {
      return { event: 'valid', data: await this.manager.validateSession(token) };
    }

    @SubscribeMessage('filtered')
    @Public()
    @UseFilters(SessionExceptionFilter)
    async filtered(@MessageBody() { token }: { token: string }) {
      return { event: 'valid', data: await this.manager.validateSession(token) };
    }
  }

  async function start() {
    const module = await compile({ imports: [sessions()], providers: [Gateway, globalGuard] });
    const app = module.createNestApplication();
    app.useWebSocketAdapter(kind === 'ws' ? new WsAdapter(app) : new IoAdapter(app));
    closing.push(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const ask = kind === 'ws' ? await nativeClient(url) : await ioClient(url);
    return { ask, manager: module.get(JwtSessionManager) };
  }

  it('X3 a message is no request, whatever it looks like: its client gets an exception, and where ws forgot the real one, the log says once how to mend it', async () => {
    const { ask, manager } = await start();
    const { session, apiToken } = await messageOf(manager);
    for (const message of ['guarded', 'dataset']) {
      for (const payload of [session, apiToken]) {
        expect(await ask(message, payload)).toEqual({ event: 'exception', data: UNAUTHORIZED });
      }
    }
    expect(ran).toEqual([]);
    const forgotten = ['error Gateway.guarded sessionSockets', 'error Gateway.dataset sessionSockets'];
    expect(mistakes()).toEqual(kind === 'ws' ? forgotten : []);
  });

  it('X3 @Public() lets messages in, and they carry no session', async () => {
    const { ask, manager } = await start();
    const { session } = await messageOf(manager);
    expect(await ask('public', session)).toEqual({ event: 'open', data: { user: null, session: null } });
    expect(mistakes()).toEqual([]);
  });

  it('X6 an error of ours is an exception for its client, and tells no reason', async () => {
    const { ask, manager } = await start();
    const token = await revokedToken(manager);
    const { event, data } = await ask('validate', { token });
    expect(event).toBe('exception');
    // Nest sends what it got along; that is the sender's own.
    expect(JSON.stringify({ ...data, cause: undefined })).not.toMatch(REASONS);
  });

  it('X6 with the filter bound, which Nest leaves to each gateway, it says as much as HTTP does', async () => {
    const { ask, manager } = await start();
    expect(await ask('filtered', { token: await revokedToken(manager) })).toEqual({
      event: 'exception',
      data: UNAUTHORIZED,
    });
  });
});

describe('GraphQL on Apollo', () => {
  @Injectable()
  @Resolver()
  class Queries {
    constructor(private readonly manager: SessionManager) {}

    @Query(() => String)
    guarded() {
      return running('guarded');
    }

    @Query(() => String)
    @RequireDataset(Permission.Read, 'dataset')
    dataset(@Args('dataset') _dataset: string) {
      return running('dataset');
    }

    @Query(() => String)
    @Public()
    open(@CurrentUser() user: unknown, @CurrentSession() session: unknown) {
      return JSON.stringify({ user: user ?? null, session: session ?? null });
    }

    @Query(() => String)
    @Public()
    async validate(@Args('token') token: string) {
      return (await this.manager.validateSession(token)).username;
    }
  }

  async function start({
    tellRefusalReason,
    rootValue,
  }: { tellRefusalReason?: boolean; rootValue?: object } = {}) {
    const module = await compile({
      imports: [
        sessions(tellRefusalReason),
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          autoSchemaFile: true,
          includeStacktraceInErrorResponses: true,
          rootValue,
        }),
      ],
      providers: [Queries, globalGuard],
    });
    const app = module.createNestApplication();
    closing.push(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const manager = module.get(JwtSessionManager);
    const query = async (text: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text }),
      });
      return (await response.json()) as {
        data: Record<string, string> | null;
        errors?: { message: string; extensions: { code: string; reason?: string } }[];
      };
    };
    return { query, manager };
  }

  it('X3 what a resolver has for its parent is no request, and no credential is UNAUTHENTICATED', async () => {
    const rootValue = { headers: {}, params: { dataset: 'mine' } };
    const { query, manager } = await start({ rootValue });
    Object.assign(rootValue.headers, (await messageOf(manager)).session.headers);
    for (const text of ['{ guarded }', '{ guarded }', '{ dataset(dataset: "theirs") }']) {
      const { data, errors } = await query(text);
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ message: 'Unauthorized', extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    expect(ran).toEqual([]);
    expect(mistakes()).toEqual([]);
  });

  it('X3 @Public() lets a query in, and it carries no session', async () => {
    const { query } = await start();
    expect(await query('{ open }')).toEqual({ data: { open: '{"user":null,"session":null}' } });
    expect(mistakes()).toEqual([]);
  });

  it('X6 an error of ours is an error of the query, and tells no reason', async () => {
    const { query, manager } = await start();
    for (const token of ['not-a-token', await revokedToken(manager)]) {
      const { data, errors } = await query(`{ validate(token: "${token}") }`);
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ message: 'Unauthorized', extensions: { code: 'UNAUTHENTICATED' } }]);
      // The frames of its stack name what threw it, which is always the same.
      const told = JSON.stringify(errors, (_, value: unknown) =>
        Array.isArray(value) ? value.filter((line) => !/^ +at /.test(String(line))) : value,
      );
      expect(told).not.toMatch(REASONS);
    }
  });

  it('X6 the reason is told where tellRefusalReason says so', async () => {
    const { query, manager } = await start({ tellRefusalReason: true });
    const { errors } = await query(`{ validate(token: "${await revokedToken(manager)}") }`);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', reason: 'revoked' } }]);
  });
});

it('X3 what is called HTTP because nobody said what it is, and has no response, is no HTTP', async () => {
  @Injectable()
  @UseGuards(SessionGuard)
  class Consumer {
    @RequireDataset(Permission.Read, 'dataset')
    consume() {
      return running('consume');
    }
  }
  const module = await compile({ imports: [sessions()], providers: [Consumer] });
  const app = await module.createNestApplication().init();
  closing.push(() => app.close());
  const consumer = app.get(Consumer);

  const handle = app.get(ExternalContextCreator).create(consumer, consumer.consume, 'consume');
  const { session, apiToken } = await messageOf(app.get(JwtSessionManager));
  for (const message of [session, apiToken, undefined, 5]) {
    await expect(handle(message, { header: 'a text' })).rejects.toMatchObject({ status: 401 });
  }
  expect(ran).toEqual([]);
  expect(mistakes()).toEqual(['error Consumer.consume http']);
});

interface Frame {
  event: string;
  data: Record<string, unknown>;
}

async function ioClient(url: string) {
  const socket = io(url, { transports: ['websocket'] });
  closing.push(() => socket.disconnect());
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return (event: string, data: unknown) =>
    new Promise<Frame>((resolve) => {
      socket.offAny();
      socket.onAny((name: string, payload: Record<string, unknown>) =>
        resolve({ event: name, data: payload }),
      );
      socket.emit(event, data);
    });
}

async function nativeClient(url: string) {
  const socket = new WebSocket(url.replace('http', 'ws'));
  closing.push(() => socket.terminate());
  await once(socket, 'open');
  return async (event: string, data: unknown) => {
    const answered = once(socket, 'message');
    socket.send(JSON.stringify({ event, data }));
    return JSON.parse(String((await answered)[0])) as Frame;
  };
}
