import type { INestApplicationContext, WebSocketAdapter } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { SessionConfigurationError } from '../../core/errors.js';
import { SessionGuard } from '../guards/session.guard.js';
import { gatewaysAt } from './gateways-at.js';
import { noteGuarded } from './guarded-addresses.js';
import { guardNamespace, isNamespace } from './guarded-namespace.js';
import { guardUpgrades, isUpgrading } from './guarded-upgrades.js';
import { HandshakeGuard } from './handshake-guard.js';

/** What Nest creates a server for. */
interface ServerOptions {
  readonly path?: unknown;
  readonly namespace?: unknown;
}

/**
 * Lets `SessionGuard` judge connections before they are made, where Nest runs no guard: whoever is connected hears what a
 * gateway broadcasts. A gateway that is `@Public()` lets everyone in; several of one port, path and namespace let in whom
 * all of them would. Those who are refused get `connect_error` from socket.io, with the refusal as its `data`, and from ws
 * the answer that HTTP would have had, before the upgrade.
 *
 * With ws it is what makes guarded messages possible, since it keeps the request of the upgrade. With socket.io's
 * `connectionStateRecovery` it asks for `skipMiddlewares: false`, without which a session that ended meanwhile would come
 * back.
 *
 * @param app the application, with `SessionModule` or `JwksVerifierModule` in it.
 * @param adapter one for socket.io or ws, Nest's or yours.
 * @returns the adapter.
 * @throws SessionConfigurationError if there is no such module, and when a gateway is set up whose server is neither of the two.
 *
 * @example
 * app.useWebSocketAdapter(sessionSockets(app, new IoAdapter(app)));
 */
export function sessionSockets<Adapter extends WebSocketAdapter>(
  app: INestApplicationContext,
  adapter: Adapter,
): Adapter {
  const guard = guardOf(app);
  const guarded = new WeakSet<object>();
  const create = adapter.create.bind(adapter);
  adapter.create = (port: number, options: ServerOptions = {}): unknown => {
    const server = create(port, options) as object;
    // An adapter may have one server for several gateways that Nest takes to be apart.
    if (guarded.has(server)) return server;
    guarded.add(server);
    const modules = app.get(ModulesContainer, { strict: false });
    const { path, namespace } = options;
    const address = { port, path, namespace };
    const handshakes = new HandshakeGuard(guard, () => gatewaysAt(modules, address));
    if (isNamespace(server)) guardNamespace(server, handshakes);
    else if (isUpgrading(server)) guardUpgrades(server, handshakes);
    else throw new SessionConfigurationError(NEITHER);
    noteGuarded(modules, address);
    return server;
  };
  return adapter;
}

function guardOf(app: INestApplicationContext): SessionGuard {
  try {
    return app.get(SessionGuard, { strict: false });
  } catch (cause) {
    throw new SessionConfigurationError(NO_GUARD, { cause });
  }
}

const NO_GUARD =
  'sessionSockets: found no SessionGuard; import SessionModule.forRoot(…) in the root module, and hand over the application ' +
  'that NestFactory.create() made';
const NEITHER =
  'sessionSockets: the adapter made a server whose handshakes cannot be guarded, for it is none of socket.io (no use()) ' +
  'and none of ws (no handleUpgrade())';
