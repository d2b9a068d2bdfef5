import type { LastingConnection } from '../request-context.js';

/** A socket of ws, or one that becomes of a request for it. */
export interface WsSocket {
  close(code: number, reason: string): void;
  once(event: 'close', listener: () => void): unknown;
}

/** A socket of socket.io, and what it shares with those of other namespaces. */
interface IoSocket {
  emit(event: string, frame: object): unknown;
  disconnect(close: boolean): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  readonly conn: {
    once(event: 'close', listener: () => void): unknown;
    off(event: 'close', listener: () => void): unknown;
  };
}

/** The socket of a client as something that lasts: of socket.io, or of ws; nobody can close what is neither. */
export function lastingSocket(client: object): LastingConnection | undefined {
  if (isOfSocketIo(client)) return lastingIoSocket(client);
  return isOfWs(client) ? lastingWsSocket(client) : undefined;
}

function lastingWsSocket(socket: WsSocket): LastingConnection {
  return {
    close: ({ code, text }) => socket.close(code, text),
    onceClosed: (listener) => void socket.once('close', listener),
  };
}

/**
 * Its client is told why before it is disconnected, as of any refusal: that of a session, whose codes an application has made
 * up (RFC 6455 §7.4.2), or that nobody can serve it now.
 */
function lastingIoSocket(socket: IoSocket): LastingConnection {
  return {
    close: ({ code, text }) => {
      const refusal =
        code >= 4000
          ? { statusCode: 401, code: 'UNAUTHENTICATED' }
          : { statusCode: 503, code: 'SERVICE_UNAVAILABLE' };
      socket.emit('exception', { status: 'error', message: text, ...refusal });
      socket.disconnect(true);
    },
    onceClosed: (listener) => {
      // A socket that some middleware refused was never connected, and tells of no end: only its transport does.
      const closed = () => {
        socket.conn.off('close', closed);
        listener();
      };
      socket.once('disconnect', closed);
      socket.conn.once('close', closed);
    },
  };
}

function isOfSocketIo(client: object): client is IoSocket {
  return 'conn' in client && 'disconnect' in client;
}

function isOfWs(client: object): client is WsSocket {
  const { close, once } = client as Partial<WsSocket>;
  return typeof close === 'function' && typeof once === 'function';
}
