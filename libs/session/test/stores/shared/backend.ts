import type { ApiTokenStore } from '../../../src/core/api-token-store.js';
import type { SessionStore } from '../../../src/core/session-store.js';
import type { RemoteOptions } from '../../../src/stores/remote/remote-options.js';

/** The stores of one namespace. */
export interface Stores {
  readonly store: SessionStore;
  readonly apiTokenStore: ApiTokenStore;
}

/** A server that a test has started, and can take away. */
export interface TestServer {
  readonly port: number;
  freeze(): void;
  thaw(): void;
  /** At once; what it kept durably is there again after {@link run}. */
  kill(): Promise<void>;
  run(): Promise<void>;
  stop(): Promise<void>;
}

/** A step of a store on its way to the server. */
export interface Step {
  /** Whether it is a login, a refresh or a new API token, which must not happen after its deadline. */
  readonly bearsDeadline: boolean;
  run(): Promise<unknown>;
  runWithoutDeadline(): Promise<unknown>;
}

/** An application's way to a server. */
export interface Connection {
  /** Stores of a namespace, as any process may make them. */
  storesOf(namespace: string, options?: RemoteOptions): Promise<Stores>;
  /** The same way, whose steps pass through `alter`. */
  altered(alter: (step: Step) => Promise<unknown>): Connection;
  end(): void;
}

/** A kind of server, and a driver for it. */
export interface Backend {
  /** A private one; one that is durable keeps what it has acknowledged. */
  start(durable?: boolean): Promise<TestServer>;
  connect(port: number): Promise<Connection>;
}
