import { handOverKept } from '../connections/kept-connections.js';
import { handOver } from '../contexts/request-session.js';
import type { WsSocket } from '../contexts/ws/lasting-socket.js';
import { rememberUpgrade } from '../contexts/ws/upgrade-requests.js';
import type { HandshakeGuard } from './handshake-guard.js';
import { UpgradeResponse, type Connection } from './upgrade-response.js';

type Upgraded = (socket: WsSocket, request: object) => void;
type HandleUpgrade = (request: object, connection: Connection, head: unknown, upgraded: Upgraded) => void;

/** A server of ws, through whose one method all its connections come. */
interface UpgradingServer {
  handleUpgrade: HandleUpgrade;
}

export function isUpgrading(server: object): server is UpgradingServer {
  return typeof (server as Partial<UpgradingServer>).handleUpgrade === 'function';
}

/** Judges each request for a connection before it is upgraded, and keeps it for the messages. */
export function guardUpgrades(server: UpgradingServer, guard: HandshakeGuard): void {
  const upgrade: HandleUpgrade = server.handleUpgrade.bind(server);
  server.handleUpgrade = (request, connection, head, upgraded) => {
    const response = new UpgradeResponse(connection);
    // Until ws has it, nobody else listens, and a client that goes away would end the process.
    connection.on('error', ignore);
    guard.judge({ kind: 'http', args: [request, response] }).then(
      () => {
        connection.off('error', ignore);
        upgrade(request, connection, head, (socket) => {
          response.upgraded(socket);
          rememberUpgrade(socket, request);
          handOver(request, socket);
          handOverKept(request, socket);
          upgraded(socket, request);
        });
      },
      (error: unknown) => response.refuse(error),
    );
  };
}

function ignore(): void {}
