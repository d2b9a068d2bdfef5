import { SessionConfigurationError } from '../../core/errors.js';
import { describeValue } from '../../util/text.js';
import type { NewsConnection } from '../remote/news.js';
import type { Script } from './script.js';

/** What is needed of a client of ioredis: `new Redis(…)`, by Sentinel too, or `new Cluster(…)`. */
export interface IoRedisClient {
  /** Runs a script that the server knows. */
  evalsha(sha1: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  /** Runs a script, which the server knows from then on. */
  eval(script: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  /** Reads a key. */
  get(key: string): Promise<string | null>;
}

/** What is needed of a client of node-redis, connected: `createClient`, `createCluster`, `createSentinel`, `createClientPool`. */
export interface NodeRedisClient {
  /** Runs a script that the server knows. */
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** Runs a script, which the server knows from then on. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** Reads a key. */
  get(key: string): Promise<unknown>;
}

/** A client that the application made, and ends; its settings need not be any of ours. */
export type RedisClient = IoRedisClient | NodeRedisClient;

/** The one face that both drivers have in here. */
export interface RedisConnection {
  /** Whether it leads to a cluster, of which one node is told each command. */
  readonly isCluster: boolean;
  /** Whether losing the connection would end the process, for want of a listener. */
  readonly endsTheProcess: boolean;
  /** Runs a script; replies are numbers, strings, arrays of them, and `null`. */
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  get(key: string): Promise<string | null>;
  /** `WAIT`: how many replicas have what this connection wrote, after so many milliseconds at most. */
  wait(replicas: number, milliseconds: number): Promise<number>;
  /** A setting of the server by its name; `undefined` if there is none. */
  setting(name: string): Promise<string | undefined>;
  /**
   * A connection like it that is ours to end.
   *
   * @throws SessionConfigurationError for a client that cannot be duplicated.
   */
  duplicate(): OwnConnection;
}

/** A connection that we made. */
export interface OwnConnection extends RedisConnection, NewsConnection {}

/**
 * The client as we use it.
 *
 * @throws SessionConfigurationError for anything that is no client of ioredis or node-redis, and for one of ioredis with a
 *   `keyPrefix`, which moves the keys that a script is told and not those that it finds, or with `stringNumbers`.
 */
export function redisConnection(client: unknown): RedisConnection {
  if (has(client, 'evalsha', 'eval', 'get'))
    return new IoRedisConnection(withPlainReplies(withoutPrefix(client as IoRedis)));
  if (has(client, 'evalSha', 'eval', 'get')) return new NodeRedisConnection(client as NodeRedis);
  throw new SessionConfigurationError(
    `client: expected one of ioredis (new Redis(…), new Cluster(…)) or of node-redis (createClient(…), createCluster(…)), ` +
      `got ${describeValue(client)}`,
  );
}

/**
 * Whether an error is what the server answered: those begin with a code. Not so while it is loading, or has no master or
 * no cluster behind it, since then it cannot do anything for anybody.
 */
export function isAnswer(error: unknown): boolean {
  const [, code] = /^-?([A-Z][A-Z0-9]+) /.exec(messageOf(error)) ?? [];
  return code !== undefined && !['LOADING', 'MASTERDOWN', 'CLUSTERDOWN'].includes(code);
}

interface IoRedis extends IoRedisClient {
  readonly isCluster?: boolean;
  readonly options?: IoRedisOptions & { readonly redisOptions?: IoRedisOptions };
  wait(replicas: number, milliseconds: number): Promise<number>;
  config(verb: 'GET', name: string): Promise<unknown>;
  duplicate(...options: unknown[]): IoRedis;
  subscribe(...channels: string[]): Promise<unknown>;
  on(event: string, listener: (...given: string[]) => void): unknown;
  disconnect(): void;
}

interface IoRedisOptions {
  readonly keyPrefix?: string;
  readonly stringNumbers?: boolean;
}

/**
 * What a connection of our own has otherwise than the application's requests: who asks before it is there waits for it,
 * however long the server is away, and what was subscribed to comes again.
 */
const PATIENT = {
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  autoResubscribe: true,
} as const;

class IoRedisConnection implements OwnConnection {
  readonly #client: IoRedis;
  /** Who listens, by channel; News asks for each once. */
  readonly #channels = new Map<string, (message: string) => void>();
  readonly endsTheProcess = false;

  constructor(client: IoRedis) {
    this.#client = client;
  }

  get isCluster(): boolean {
    return this.#client.isCluster === true;
  }

  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#client.evalsha(script.sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.#client.eval(script.text, keys.length, ...keys, ...args);
    }
  }

  get(key: string): Promise<string | null> {
    return this.#client.get(key);
  }

  wait(replicas: number, milliseconds: number): Promise<number> {
    return this.#client.wait(replicas, milliseconds);
  }

  async setting(name: string): Promise<string | undefined> {
    return valueOf(await this.#client.config('GET', name), name);
  }

  duplicate(): OwnConnection {
    const client = this.#client;
    checkDuplicable(client);
    const ours = this.isCluster
      ? client.duplicate([], { enableOfflineQueue: true, redisOptions: PATIENT })
      : client.duplicate(PATIENT);
    // The first client is the one that tells of a server that is away.
    ours.on('error', () => undefined);
    return new IoRedisConnection(ours);
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    if (this.#channels.size === 0) {
      this.#client.on('message', (from: string, message: string) => this.#channels.get(from)?.(message));
    }
    this.#channels.set(channel, listener);
    await this.#client.subscribe(channel);
  }

  onLost(listener: () => void): void {
    this.#client.on('close', listener);
  }

  onBack(listener: () => void): void {
    let lost = false;
    this.onLost(() => (lost = true));
    this.#client.on('ready', () => {
      if (!lost) return;
      lost = false;
      // The driver subscribes again by itself; asked for once more, it is known when it has.
      this.#client.subscribe(...this.#channels.keys()).then(listener, () => undefined);
    });
  }

  close(): void {
    this.#client.disconnect();
  }
}

interface NodeRedis extends NodeRedisClient {
  readonly isOpen?: boolean;
  readonly slots?: unknown;
  wait(replicas: number, milliseconds: number): Promise<number>;
  configGet(name: string): Promise<unknown>;
  /** The same client with other types of replies; `{}` are those of the driver. */
  withTypeMapping?(typeMapping: object): NodeRedis;
  duplicate(): NodeRedis;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  listenerCount?(event: string): number;
  destroy(): void;
}

class NodeRedisConnection implements OwnConnection {
  readonly #client: NodeRedis;
  /** Of the same connection: whatever the application maps replies to. */
  readonly #plain: NodeRedis;
  /** Until a connection of our own is there, what is asked of it waits. */
  readonly #connected: Promise<unknown> | undefined;
  #closed = false;

  constructor(client: NodeRedis, connected?: Promise<unknown>) {
    this.#client = client;
    this.#plain = client.withTypeMapping?.({}) ?? client;
    this.#connected = connected;
  }

  get isCluster(): boolean {
    return 'slots' in this.#client;
  }

  get endsTheProcess(): boolean {
    return this.#client.listenerCount?.('error') === 0;
  }

  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    await this.#connected;
    const options = { keys: [...keys], arguments: args.map(String) };
    try {
      return await this.#plain.evalSha(script.sha1, options);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.#plain.eval(script.text, options);
    }
  }

  async get(key: string): Promise<string | null> {
    return (await this.#plain.get(key)) as string | null;
  }

  async wait(replicas: number, milliseconds: number): Promise<number> {
    await this.#connected;
    return this.#plain.wait(replicas, milliseconds);
  }

  async setting(name: string): Promise<string | undefined> {
    return valueOf(await this.#plain.configGet(name), name);
  }

  duplicate(): OwnConnection {
    checkDuplicable(this.#client);
    const ours = this.#client.duplicate();
    // Without a listener the first lost connection would end the process.
    ours.on('error', () => undefined);
    const connected = ours.connect();
    connected.catch(() => undefined);
    return new NodeRedisConnection(ours, connected);
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    await this.#connected;
    if (this.#closed) throw new Error('The connection was closed');
    await this.#client.subscribe(channel, listener);
  }

  onLost(listener: () => void): void {
    for (const event of ['error', 'reconnecting', 'end']) this.#client.on(event, listener);
  }

  onBack(listener: () => void): void {
    let lost = false;
    this.onLost(() => (lost = true));
    // By then the driver has subscribed again.
    this.#client.on('ready', () => {
      if (lost) listener();
      lost = false;
    });
  }

  close(): void {
    this.#closed = true;
    this.#client.destroy();
    // What was still connecting comes to be all the same, and would stay.
    this.#connected?.then(() => this.#client.destroy()).catch(() => undefined);
  }
}

function has(client: unknown, ...methods: string[]): client is object {
  if (typeof client !== 'object' || client === null) return false;
  return methods.every((name) => typeof (client as Record<string, unknown>)[name] === 'function');
}

function withoutPrefix(client: IoRedis): IoRedis {
  const { keyPrefix, redisOptions } = client.options ?? {};
  if (!keyPrefix && !redisOptions?.keyPrefix) return client;
  throw new SessionConfigurationError(
    'client: expected an ioredis client without keyPrefix, which would move only some of the keys; the option namespace ' +
      'keeps them apart',
  );
}

/** Texts of digits would be taken for what a user typed, and the other way round. */
function withPlainReplies(client: IoRedis): IoRedis {
  const { stringNumbers, redisOptions } = client.options ?? {};
  if (stringNumbers !== true && redisOptions?.stringNumbers !== true) return client;
  throw new SessionConfigurationError(
    'client: expected an ioredis client without stringNumbers; client.duplicate({ stringNumbers: false }) is one',
  );
}

function checkDuplicable(client: unknown): void {
  if (has(client, 'duplicate')) return;
  throw new SessionConfigurationError(
    'client: expected one that can be duplicated, for a subscription or revokeDurability; a pool cannot',
  );
}

/** Of what `CONFIG GET` answers: an object, a map, or names and values in turn. */
function valueOf(reply: unknown, name: string): string | undefined {
  if (Array.isArray(reply)) return (reply as string[])[1];
  return reply instanceof Map ? (reply.get(name) as string) : (reply as Record<string, string>)[name];
}

function isUnknownScript(error: unknown): boolean {
  return /^-?NOSCRIPT\b/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return String((error as Partial<Error> | null | undefined)?.message ?? '');
}
