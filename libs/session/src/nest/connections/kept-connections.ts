import type { LastingConnection, RequestContext } from '../contexts/request-context.js';
import type { CarriedSession } from '../contexts/request-session.js';
import type { TrackedConnection } from './open-connection.js';
import type { SessionConnections } from './session-connections.js';

/** A connection that outlasts the message which opened it, and whose it is. */
export interface KeptConnection {
  readonly connection: TrackedConnection;
  readonly carried: CarriedSession;
}

/**
 * By what carries the session of the connection, and by who keeps it: a verifier beside a manager, or two applications in a
 * test, do not know each other.
 */
const connections = new WeakMap<object, Map<SessionConnections, KeptConnection>>();

/** What is kept of a connection by those, if anything. */
export function keptConnection(
  carrier: object,
  by: SessionConnections | undefined,
): KeptConnection | undefined {
  return by && connections.get(carrier)?.get(by);
}

/**
 * Keeps a connection, which closes when what opened it ends. Whoever has no {@link SessionConnections}, or turned them off,
 * asks the store at each message instead.
 *
 * @throws SessionError as {@link SessionConnections.admit}.
 */
export async function keepConnection(
  { carrier }: Pick<RequestContext, 'carrier'>,
  lasting: LastingConnection,
  carried: CarriedSession,
  credential: string | undefined,
  by: SessionConnections | undefined,
): Promise<void> {
  if (by === undefined || by.areOff || keptConnection(carrier, by) !== undefined) return;
  let hasClosed = false;
  let closed = () => {
    hasClosed = true;
  };
  lasting.onceClosed(() => closed());
  const connection = await by.admit(carried.session, (end) => lasting.close(end), credential);
  closed = () => connection.forget();
  if (hasClosed) closed();
  const kept = connections.get(carrier) ?? new Map<SessionConnections, KeptConnection>();
  connections.set(carrier, kept.set(by, { connection, carried }));
}

/** What is kept of a request is kept of the connection that became of it. */
export function handOverKept(request: object, connection: object): void {
  const kept = connections.get(request);
  if (kept !== undefined) connections.set(connection, kept);
}
