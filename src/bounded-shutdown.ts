import type { Server } from 'node:http';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Injects how long a shutdown waits for requests, in milliseconds. */
export const SHUTDOWN_GRACE = Symbol('SHUTDOWN_GRACE');

/**
 * Closes what is left of the connections when a shutdown has waited long enough.
 *
 * Nest stops accepting and waits for every connection to end; and with the listening, Node ends its own time-outs for
 * requests. So half a request, of which nothing more comes, would hold the process for good.
 */
@Injectable()
export class BoundedShutdown implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #host: HttpAdapterHost;
  readonly #grace: number;
  #deadline: NodeJS.Timeout | undefined;

  constructor(host: HttpAdapterHost, @Inject(SHUTDOWN_GRACE) grace: number) {
    this.#host = host;
    this.#grace = grace;
  }

  beforeApplicationShutdown(): void {
    const server = this.#host.httpAdapter.getHttpServer() as Server;
    // A connection that has been answered is not kept for another request; 0 would mean for ever.
    server.keepAliveTimeout = 1;
    this.#deadline = setTimeout(() => server.closeAllConnections(), this.#grace);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.#deadline);
  }
}
