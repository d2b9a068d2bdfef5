import { Logger } from '@nestjs/common';
import type { HandshakeGuard } from './handshake-guard.js';

/** A server of socket.io, which stands for its namespace `/`, or another namespace. */
interface Namespace {
  use(middleware: (socket: object, next: (error?: Error) => void) => void): unknown;
  readonly opts?: RecoveryOptions;
  readonly server?: { readonly opts?: RecoveryOptions };
}

interface RecoveryOptions {
  readonly connectionStateRecovery?: { skipMiddlewares?: boolean };
}

const LOGGER = new Logger('SessionSockets');

export function isNamespace(server: object): server is Namespace {
  return typeof (server as Partial<Namespace>).use === 'function';
}

/** Judges each connection to a namespace before it is made. */
export function guardNamespace(namespace: Namespace, guard: HandshakeGuard): void {
  askEveryone(namespace);
  namespace.use((socket, next) => {
    guard.judge({ kind: 'ws', args: [socket] }).then(
      () => next(),
      (error: unknown) => next(toConnectError(error)),
    );
  });
}

/** Who comes back is by default not asked again, and may have lost the session while it was away. */
function askEveryone({ opts, server }: Namespace): void {
  const recovery = (opts ?? server?.opts)?.connectionStateRecovery;
  if (recovery !== undefined) recovery.skipMiddlewares = false;
}

/** socket.io tells the client an error's message and its `data`. */
function toConnectError(error: unknown): Error {
  const told = tellable(error);
  if (told === undefined) LOGGER.error(error);
  const data = told ?? { status: 'error', statusCode: 500, message: 'Internal Server Error' };
  return Object.assign(new Error(data.message), { data });
}

/** What is in a `WsException`, or in the `HttpException` of a guard that a test put in the place of ours. */
function tellable(error: unknown): { readonly message: string } | undefined {
  const { getError, getResponse } = (error ?? {}) as Record<string, unknown>;
  const tell = getError ?? getResponse;
  return typeof tell === 'function' ? (tell.call(error) as { readonly message: string }) : undefined;
}
