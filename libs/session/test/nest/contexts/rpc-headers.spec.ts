import { describe, expect, it } from '@jest/globals';
import type { ArgumentsHost } from '@nestjs/common';
import { KafkaContext, NatsContext, RmqContext, TcpContext } from '@nestjs/microservices';
import { ExecutionContextHost } from '@nestjs/core/internal';
import { Metadata } from '@grpc/grpc-js';
import { RpcContext } from '../../../src/nest/contexts/rpc/rpc-context.js';
import { BearerTransport } from '../../../src/nest/transports/bearer.transport.js';
import type { GuardSettings } from '../../../src/nest/settings.js';
import { SILENT } from '../../../src/testing/silent-logger.js';

type Values = Readonly<Record<string, readonly unknown[]>>;

/** Headers as the client of NATS makes them. */
class NatsHeaders {
  constructor(private readonly all: Values) {}
  keys() {
    return Object.keys(this.all);
  }
  values(name: string) {
    return [...(this.all[name] ?? [])];
  }
}

const flat = (values: Values) =>
  Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.length === 1 ? all[0] : all]));

/** What Nest hands over beside a message with such headers. */
const TRANSPORTS: Readonly<Record<string, (values: Values) => object>> = {
  NATS: (values) => new NatsContext(['subject', new NatsHeaders(values)] as never),
  Kafka: (values) => new KafkaContext([{ headers: flat(values) }, 0, 'topic'] as never),
  RabbitMQ: (values) => new RmqContext([{ properties: { headers: flat(values) } }, {}, 'pattern'] as never),
};

function hostOf(message: unknown, context: unknown): ArgumentsHost {
  const host = new ExecutionContextHost([message, context]);
  host.setType('rpc');
  return host;
}

const settings = (given: Partial<GuardSettings> = {}): GuardSettings => ({ logger: SILENT, ...given });
const offered = async (context: object, given?: Partial<GuardSettings>, message: unknown = {}) =>
  RpcContext.of(hostOf(message, context))!.offered(settings(given));

describe.each(Object.entries(TRANSPORTS))('Headers of %s', (_, make) => {
  it('carry the token as those of HTTP do, in whatever case', async () => {
    for (const name of ['authorization', 'Authorization', 'AUTHORIZATION']) {
      expect(await offered(make({ [name]: ['Bearer abc'] }))).toBe('abc');
    }
    expect(await offered(make({ authorization: ['Basic abc'] }))).toBeUndefined();
    expect(await offered(make({}))).toBeUndefined();
  });

  it('carry it once, or the same one twice', async () => {
    const twice = { authorization: ['Bearer abc'], Authorization: ['Bearer abc'] };
    expect(await offered(make(twice))).toBe('abc');
    const differ: Values[] = [
      { authorization: ['Bearer abc', 'Bearer def'] },
      { authorization: ['Bearer abc'], Authorization: ['Bearer def'] },
    ];
    for (const values of differ) {
      await expect(offered(make(values))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  it('carry nothing that is no text', async () => {
    for (const value of [5, null, undefined, { toString: () => 'Bearer abc' }, true]) {
      expect(await offered(make({ authorization: [value] }))).toBeUndefined();
    }
  });

  it('are asked and not rpcCredential, and a transport reads them too', async () => {
    const context = make({ authorization: ['Bearer abc'] });
    expect(await offered(make({}), { rpcCredential: () => 'from the message' })).toBeUndefined();
    const here = RpcContext.of(hostOf({}, context))!;
    expect(here.unreadable(settings())).toBeUndefined();
    expect(new BearerTransport().read(here.request)).toBe('abc');
  });
});

it('Kafka hands over bytes, which are taken for the text that they are', async () => {
  const context = TRANSPORTS.Kafka!({ authorization: [Buffer.from('Bearer abc')] });
  expect(await offered(context)).toBe('abc');
});

it('a message of NATS without headers has no credential', async () => {
  expect(await offered(new NatsContext(['subject', undefined] as never))).toBeUndefined();
});

it('metadata of gRPC is found in the call itself where a handler is handed that', async () => {
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer abc');
  const here = RpcContext.of(hostOf({ metadata }, () => {}))!;
  expect(here.carrier).toBe(metadata);
  expect(await here.offered(settings())).toBe('abc');
});

it('no message passes for metadata or for a context: its members are no functions', () => {
  const message = { metadata: { get: 'get', getMap: 'getMap' } };
  expect(RpcContext.of(hostOf(message, undefined))).toBeUndefined();
});

describe('A transport without headers', () => {
  const tcp = new TcpContext([{}, 'pattern'] as never);

  it('is unreadable without rpcCredential, which is told', () => {
    const here = RpcContext.of(hostOf({}, tcp))!;
    expect(here.unreadable(settings())).toContain('rpcCredential');
    expect(here.unreadable(settings({ rpcCredential: () => undefined }))).toBeUndefined();
  });

  it('has the token that rpcCredential finds, at once or later; what is no text is none', async () => {
    const rpcCredential = (payload: { token: unknown }, context: unknown) =>
      context === tcp ? payload.token : 'another context';
    for (const [token, found] of [
      ['abc', 'abc'],
      [Promise.resolve('abc'), 'abc'],
      ['', undefined],
      [5, undefined],
      [['abc'], undefined],
      [null, undefined],
    ]) {
      expect(await offered(tcp, { rpcCredential }, { token })).toBe(found);
    }
  });
});

it('a dataset is named by an own member of the message', () => {
  const context = TRANSPORTS.NATS!({});
  const here = (message: unknown) => RpcContext.of(hostOf(message, context))!;
  expect(here({ dataset: 'mine' }).parameter('dataset')).toBe('mine');
  expect(here(Object.create({ dataset: 'mine' })).parameter('dataset')).toBeUndefined();
  for (const message of [undefined, null, 'text', 5]) {
    expect(here(message).parameter('toString')).toBeUndefined();
  }
  expect(here({}).parameter('toString')).toBeUndefined();
});
