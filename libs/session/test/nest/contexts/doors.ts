import { Body, Controller, HttpCode, Post, type INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Args, GraphQLModule, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import {
  GrpcMethod,
  MessagePattern,
  Payload,
  Transport,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { Permission } from '../../../src/core/permission.js';
import type { SessionTransport } from '../../../src/core/session-transport.js';
import type { SessionInfo } from '../../../src/core/session.js';
import { TokenType } from '../../../src/core/token-type.js';
import { JwtSessionManager } from '../../../src/managers/jwt-session.manager.js';
import { RequireDataset } from '../../../src/nest/guards/require-dataset.decorator.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { CurrentSession, CurrentUser } from '../../../src/nest/rules/current-session.decorators.js';
import { AcceptTokens, OptionalSession, Public } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { sessionSockets } from '../../../src/nest/sockets/session-sockets.js';
import { MemoryApiTokenStore } from '../../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../../src/stores/memory/memory-session.store.js';
import { faultyStore, type Faults } from '../../../src/testing/faulty-store.js';
import { manualClock, type ManualClock } from '../../../src/testing/manual-clock.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import type { Platform } from '../../support/nest-app.js';
import { freePort } from '../../support/ports.js';

export type Operation = 'guarded' | 'optional' | 'public' | 'dataset';

/** What stands on a handler of each name, on any kind of door. */
const RULES: Readonly<Record<Operation, readonly MethodDecorator[]>> = {
  guarded: [AcceptTokens(TokenType.Access)],
  optional: [OptionalSession()],
  public: [Public()],
  dataset: [RequireDataset(Permission.Read, 'dataset')],
};
const OPERATIONS = Object.keys(RULES) as Operation[];

/** Which handlers ran. */
export const ran: string[] = [];

/** What each of them tells its client of whom it was let in for. */
function tell(operation: Operation, user: unknown, session: SessionInfo | undefined): string {
  ran.push(operation);
  return JSON.stringify({ user: user ?? null, type: session?.type ?? null });
}

/** Gives a class a handler for each operation, with its rules, its parameters, and what makes it a handler. */
function fill(
  door: { readonly prototype: object },
  makes: (operation: Operation) => MethodDecorator,
  message: ParameterDecorator,
  answer: (text: string, operation: Operation) => unknown = (text) => text,
): void {
  for (const operation of OPERATIONS) {
    const handle = (user: unknown, session: SessionInfo | undefined) =>
      answer(tell(operation, user, session), operation);
    Object.defineProperty(handle, 'name', { value: operation });
    const descriptor = { value: handle, writable: true, configurable: true };
    Object.defineProperty(door.prototype, operation, descriptor);
    for (const rule of RULES[operation]) rule(door.prototype, operation, descriptor);
    Reflect.defineMetadata('design:paramtypes', [Object, Object, Object], door.prototype, operation);
    Reflect.defineMetadata('design:returntype', Object, door.prototype, operation);
    CurrentUser()(door.prototype, operation, 0);
    CurrentSession()(door.prototype, operation, 1);
    message(door.prototype, operation, 2);
    makes(operation)(door.prototype, operation, descriptor);
  }
}

@Controller()
class HttpDoor {}
fill(
  HttpDoor,
  (operation) => (target, name, descriptor) => {
    HttpCode(200)(target, name, descriptor);
    const path = operation === 'dataset' ? 'dataset/:dataset' : operation;
    Post(path)(target, name, descriptor);
  },
  Body(),
);

const argument = Args('dataset', { type: () => String, nullable: true });
const named = (name: Operation) => ({ name });

@Resolver()
class QueryDoor {}
fill(QueryDoor, (operation) => Query(() => String, named(operation)), argument);

@Resolver()
class MutationDoor {}
fill(MutationDoor, (operation) => Mutation(() => String, named(operation)), argument);

@Resolver()
class SubscriptionDoor {}
fill(
  SubscriptionDoor,
  (operation) => Subscription(() => String, named(operation)),
  argument,
  async function* (text, operation) {
    yield await Promise.resolve({ [operation]: text });
  },
);

@Controller()
class TcpDoor {}
fill(TcpDoor, (operation) => MessagePattern(operation, Transport.TCP), Payload());

@Controller()
class GrpcDoor {}
fill(
  GrpcDoor,
  (operation) => GrpcMethod('Doors', operation),
  Payload(),
  (text) => ({ text }),
);

const event = (text: string) => ({ event: 'answer', data: text });

/** Everyone may connect, so that it is the guard of each message that judges. */
@WebSocketGateway({ path: '/open' })
@Public()
class OpenGateway {}

/** Only who has a session may connect. */
@WebSocketGateway({ path: '/closed' })
class ClosedGateway {}

for (const gateway of [OpenGateway, ClosedGateway]) {
  fill(gateway, (operation) => SubscribeMessage(operation), MessageBody(), event);
}

/** An application with a door of every kind, and what can be done to it. */
export interface Doors {
  readonly app: INestApplication;
  readonly manager: JwtSessionManager;
  readonly clock: ManualClock;
  readonly faults: Faults;
  readonly logger: MemoryLogger;
  readonly users: { asked: number };
  readonly url: string;
  readonly tcpPort: number;
  readonly grpcUrl: string;
}

/**
 * @param sockets what its gateways speak; with ws there is no GraphQL, whose upgrades Nest's adapter would destroy.
 * @param guarded whether a session guard stands at any door.
 */
export async function openDoors(
  platform: Platform,
  sockets: 'socket.io' | 'ws',
  transport?: SessionTransport,
  guarded = true,
): Promise<Doors> {
  const clock = manualClock();
  const logger = new MemoryLogger();
  const faults = { down: false, full: false };
  const users = { asked: 0 };
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    subscriptions: { 'graphql-ws': true },
    csrfPrevention: false,
  });
  const sessions = SessionModule.forRoot({
    strategy: 'jwt',
    secretKey: new Uint8Array(64),
    store: faultyStore(new MemorySessionStore(), faults),
    apiTokenStore: new MemoryApiTokenStore(),
    clock,
    logger,
    cleanup: false,
    transport,
    tellRefusalReason: true,
    resolveUser: ({ username }) => {
      users.asked += 1;
      return { name: username.toUpperCase() };
    },
    rpcCredential: (payload: { token?: unknown } | undefined) => payload?.token,
  });
  const module = await Test.createTestingModule({
    imports: sockets === 'ws' ? [sessions] : [sessions, graphql],
    controllers: [HttpDoor, TcpDoor, GrpcDoor],
    providers: [
      ...(sockets === 'ws' ? [] : [QueryDoor, MutationDoor, SubscriptionDoor]),
      OpenGateway,
      ClosedGateway,
      ...(guarded ? [{ provide: APP_GUARD, useExisting: SessionGuard }] : []),
    ],
  })
    .setLogger(new MemoryLogger())
    .compile();
  const app: INestApplication =
    platform === 'Express'
      ? module.createNestApplication(new ExpressAdapter())
      : module.createNestApplication(new FastifyAdapter());
  const adapter = sockets === 'ws' ? new WsAdapter(app) : new IoAdapter(app);
  app.useWebSocketAdapter(guarded ? sessionSockets(app, adapter) : adapter);
  const tcp = app.connectMicroservice<MicroserviceOptions>(
    { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } },
    { inheritAppConfig: true },
  );
  const grpcUrl = `127.0.0.1:${await freePort()}`;
  app.connectMicroservice<MicroserviceOptions>(
    {
      transport: Transport.GRPC,
      options: { package: 'doors', protoPath: join(import.meta.dirname, 'doors.proto'), url: grpcUrl },
    },
    { inheritAppConfig: true },
  );
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const { port } = tcp.unwrap<Server>().address() as AddressInfo;
  const manager = app.get(JwtSessionManager);
  return { app, manager, clock, faults, logger, users, url: await app.getUrl(), tcpPort: port, grpcUrl };
}
