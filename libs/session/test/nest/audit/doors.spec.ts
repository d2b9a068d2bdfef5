import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditedHandler } from '../../../src/nest/audit/audited-handler.js';
import { SessionAudit } from '../../../src/nest/audit/session-audit.js';
import * as clients from '../contexts/clients.js';
import type { Client } from '../contexts/clients.js';
import { openDoors, type Doors, type Operation } from '../contexts/doors.js';
import { met, type Met } from './met.js';

/** Who asks at the door of a class of `doors.ts`. */
const CLIENTS: Readonly<Record<string, Client>> = {
  HttpDoor: clients.http('bearer'),
  QueryDoor: clients.graphql('query', 'bearer'),
  MutationDoor: clients.graphql('mutation', 'bearer'),
  SubscriptionDoor: clients.subscription('bearer'),
  TcpDoor: clients.tcp,
  GrpcDoor: clients.grpc('bearer'),
};
const SOCKETS: Readonly<Record<string, 'open' | 'closed'>> = { OpenGateway: 'open', ClosedGateway: 'closed' };

describe.each([true, false])('With a guard at every door: %s', (guarded) => {
  describe.each(['socket.io', 'ws'] as const)('and sockets by %s', (sockets) => {
    let doors: Doors;
    let rows: AuditedHandler[];
    beforeAll(async () => {
      doors = await openDoors('Express', sockets, undefined, guarded);
      rows = doors.app.get(SessionAudit).handlers({ rpcInherits: true });
    });
    afterAll(() => doors.app.close());

    /** What becomes of who comes with this, or with nothing. */
    const isLetIn = async ({ name }: AuditedHandler, tokens: readonly string[]) => {
      // Whoever is connected may send the message that is for everyone.
      const [door, operation = 'public'] = name.split('.') as [string, Operation | undefined];
      const path = SOCKETS[door];
      const overSockets = path && (sockets === 'ws' ? clients.ws : clients.socketIo)(path, 'bearer');
      const got = await (CLIENTS[door] ?? overSockets!)(doors, { operation, tokens, dataset: 'mine' });
      return 'answer' in got;
    };

    it('what the audit says is what anonymous senders meet, and those with garbage', async () => {
      const differences = [];
      for (const row of rows) {
        const seen: Met = { anonymous: await isLetIn(row, []), garbage: await isLetIn(row, ['garbage']) };
        const said = met(...doorsBefore(row));
        if (said.anonymous !== seen.anonymous || said.garbage !== seen.garbage)
          differences.push({ row, seen });
      }
      expect(differences).toEqual([]);
    });

    /** Who sends a message has connected before. */
    function doorsBefore(row: AuditedHandler): AuditedHandler[] {
      const isHandshake = ({ kind, name }: AuditedHandler) =>
        kind === 'handshake' && row.kind === 'ws' && row.name.startsWith(`${name}.`);
      return [...rows.filter(isHandshake), row];
    }

    it('all of them are there', () => {
      const doorsOfKind = {
        http: 4,
        graphql: sockets === 'ws' ? 0 : 12,
        rpc: 8,
        ws: 8,
        handshake: 2,
        sse: 0,
      };
      for (const [kind, count] of Object.entries(doorsOfKind)) {
        expect(rows.filter((row) => row.kind === kind)).toHaveLength(count);
      }
    });

    it('nothing is said to be guarded that no guard stands before', () => {
      const accesses = new Set(rows.map(({ access }) => access));
      // DatasetGuard is bound by the decorator, and lets nobody in without a session guard.
      const expected = guarded
        ? ['guarded', 'guarded-with-dataset', 'optional', 'public']
        : ['guarded-with-dataset', 'public', 'unguarded'];
      expect([...accesses].sort()).toEqual(expected);
    });
  });
});

it('RPC handlers of a hybrid application are guarded only where it says that they inherit', async () => {
  const doors = await openDoors('Fastify', 'ws');
  try {
    const audit = doors.app.get(SessionAudit);
    const accessBy = (options?: { rpcInherits: boolean }) =>
      audit.handlers(options).find(({ name }) => name === 'TcpDoor.guarded')!.access;
    expect(accessBy()).toBe('unguarded');
    expect(accessBy({ rpcInherits: true })).toBe('guarded');
  } finally {
    await doors.app.close();
  }
});
