import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Permission } from '../../../src/core/permission.js';
import { CookieTransport } from '../../../src/nest/transports/cookie.transport.js';
import { PLATFORMS, type Platform } from '../../support/nest-app.js';
import * as clients from './clients.js';
import type { Asked, Client, Got, Manner } from './clients.js';
import { openDoors, ran, type Doors } from './doors.js';

/** What becomes of an error, as clients of a kind see it. */
const HTTP = { 400: 400, 401: 401, 403: 403, 503: 503 };
const GRAPHQL = { 400: 'BAD_REQUEST', 401: 'UNAUTHENTICATED', 403: 'FORBIDDEN', 503: 'SERVICE_UNAVAILABLE' };
const GRPC = { 400: 3, 401: 16, 403: 7, 503: 14 };
type Status = keyof typeof HTTP;

interface Cell {
  readonly kind: string;
  readonly client: (manner: Manner) => Client;
  readonly words: Readonly<Record<Status, number | string>>;
  /** A handshake is judged by the gateway's class, which is neither optional nor public. */
  readonly judged?: 'handshake';
  /** Whether a client can offer two credentials at all. */
  readonly offers?: 'one';
  /** gRPC has no member for it. */
  readonly tellsNoReason?: true;
}

const BESIDE_SOCKET_IO: readonly Cell[] = [
  { kind: 'HTTP', client: clients.http, words: HTTP },
  { kind: 'GraphQL query', client: (manner) => clients.graphql('query', manner), words: GRAPHQL },
  { kind: 'GraphQL mutation', client: (manner) => clients.graphql('mutation', manner), words: GRAPHQL },
  { kind: 'GraphQL subscription', client: clients.subscription, words: GRAPHQL },
  {
    kind: 'socket.io, handshake',
    client: (manner) => clients.socketIo('closed', manner),
    words: HTTP,
    judged: 'handshake',
  },
  { kind: 'socket.io, message', client: (manner) => clients.socketIo('open', manner), words: HTTP },
  { kind: 'gRPC', client: clients.grpc, words: GRPC, tellsNoReason: true },
];
const TCP: Cell = { kind: 'TCP', client: () => clients.tcp, words: HTTP, offers: 'one' };
const ON_WS: readonly Cell[] = [
  {
    kind: 'ws, handshake',
    client: (manner) => clients.ws('closed', manner),
    words: HTTP,
    judged: 'handshake',
  },
  { kind: 'ws, message', client: (manner) => clients.ws('open', manner), words: HTTP },
];

/** What came out in each cell, as the guide has it; a cell that differed from another of its kind would show. */
const seen = new Map<string, Map<string, Set<string>>>();

function note(
  kind: string,
  promise: string,
  { refused, answer }: { refused?: unknown; answer?: unknown },
): void {
  const row = seen.get(kind) ?? new Map<string, Set<string>>();
  seen.set(kind, row);
  const cell = row.get(promise) ?? new Set<string>();
  row.set(promise, cell.add(answer === undefined ? `\`${String(refused)}\`` : 'in'));
}

for (const platform of PLATFORMS) {
  for (const manner of ['bearer', 'cookie'] as const) {
    hold(platform, manner, 'socket.io', [
      ...BESIDE_SOCKET_IO,
      // Its messages have no headers, and know of no platform.
      ...(manner === 'bearer' && platform === 'Express' ? [TCP] : []),
    ]);
    hold(platform, manner, 'ws', ON_WS);
  }
}

function hold(platform: Platform, manner: Manner, sockets: 'socket.io' | 'ws', cells: readonly Cell[]): void {
  describe(`On ${platform}, by ${manner}, sockets by ${sockets}`, () => {
    let doors: Doors;
    let tokens: Record<'alice' | 'expired' | 'revoked' | 'refresh' | 'reader' | 'other', string>;

    beforeAll(async () => {
      doors = await openDoors(platform, sockets, manner === 'cookie' ? new CookieTransport() : undefined);
      tokens = await someTokens(doors);
    });
    afterAll(() => doors.app.close());
    beforeEach(() => {
      ran.length = 0;
    });

    describe.each(cells)('$kind', ({ kind, client, words, judged, offers, tellsNoReason }) => {
      const ask = (asked: Partial<Asked>) =>
        client(manner)(doors, { operation: 'guarded', tokens: [], ...asked });

      /** Asks, and holds that it is refused and that no handler ran. */
      async function refuses(promise: string, asked: Partial<Asked>, status: Status, reason?: string) {
        const got = await ask(asked);
        expect(got).toMatchObject({ refused: words[status] });
        expect(ran).toEqual([]);
        if (!tellsNoReason) expect((got as { reason?: string }).reason).toBe(reason);
        if ('frame' in got) expect(got.frame).toEqual(frame(status, got));
        note(kind, promise, got);
      }

      async function letsIn(promise: string, asked: Partial<Asked>, answer: object) {
        const got = await ask(asked);
        expect(got).toEqual({ answer });
        expect(ran).toEqual([asked.operation ?? 'guarded']);
        note(kind, promise, got);
      }

      it('refuses who has no credential', () => refuses('none', {}, 401));

      it('refuses garbage', () => refuses('garbage', { tokens: ['garbage'] }, 401));

      it('refuses an expired session', () =>
        refuses('expired', { tokens: [tokens.expired] }, 401, 'expired'));

      it('refuses a revoked session', () => refuses('revoked', { tokens: [tokens.revoked] }, 401, 'revoked'));

      it('refuses a token of a type that is not accepted', () =>
        refuses('other type', { tokens: [tokens.reader] }, 401));

      it('refuses a refresh token', () => refuses('refresh token', { tokens: [tokens.refresh] }, 401));

      if (offers !== 'one') {
        it('refuses two credentials that differ', async () => {
          const asked = { tokens: [tokens.alice, tokens.other] };
          // grpc-js sees to it itself, before Nest is asked.
          if (kind !== 'gRPC' || manner === 'cookie') return refuses('two that differ', asked, 400);
          expect(await ask(asked)).toEqual({ refused: 13 });
          expect(ran).toEqual([]);
        });
      }

      it('tells that a store is down, and lets nobody in', async () => {
        doors.faults.down = true;
        try {
          await refuses('store down', { tokens: [tokens.alice] }, 503);
        } finally {
          doors.faults.down = false;
        }
      });

      it('@CurrentUser() is who resolveUser finds, @CurrentSession() the session', () =>
        letsIn('valid', { tokens: [tokens.alice] }, { user: { name: 'ALICE' }, type: 'access' }));

      if (judged === 'handshake') return;

      it('@OptionalSession() lets in who has no credential, and refuses a bad one', async () => {
        await letsIn('optional, none', { operation: 'optional' }, { user: null, type: null });
        ran.length = 0;
        await refuses('optional, bad', { operation: 'optional', tokens: ['garbage'] }, 401);
      });

      it('@Public() lets everyone in, and knows nobody', async () => {
        for (const token of ['garbage', tokens.alice]) {
          ran.length = 0;
          await letsIn('public', { operation: 'public', tokens: [token] }, { user: null, type: null });
        }
      });

      it('@RequireDataset() holds an API token to the datasets that it has a right on', async () => {
        const asked = { operation: 'dataset', tokens: [tokens.reader] } as const;
        await refuses('dataset of others', { ...asked, dataset: 'theirs' }, 403);
        const robot = { user: { name: 'ROBOT' }, type: 'api' };
        await letsIn('dataset', { ...asked, dataset: 'mine' }, robot);
      });
    });
  });
}

async function someTokens({ manager, clock }: Doors) {
  const expired = await manager.createSession('alice');
  clock.advance('30d');
  const revoked = await manager.createSession('alice');
  await manager.invalidateSession(revoked!.accessToken);
  const alice = await manager.createSession('alice');
  const other = await manager.createSession('bob');
  const reader = await manager.createApiToken('robot', { datasets: { mine: [Permission.Read] } });
  return {
    alice: alice!.accessToken,
    expired: expired!.accessToken,
    revoked: revoked!.accessToken,
    refresh: alice!.refreshToken!,
    reader: reader.token,
    other: other!.accessToken,
  };
}

/** The whole of what clients of gateways and of messages get: nothing of what they sent is in it. */
function frame(status: Status, { reason }: Got & { reason?: string }): object {
  const message =
    status === 400
      ? expect.stringMatching(/got (two that differ|several)/)
      : { 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' }[status];
  return {
    status: 'error',
    statusCode: status,
    message,
    code: GRAPHQL[status],
    ...(reason !== undefined && { reason }),
  };
}

it('the matrix in docs/guides/contexts.md is what came out here', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../../../docs/guides/contexts.md'), 'utf8');
  const [matrix] = /(?<=<!-- matrix -->\n\n)(\|.*\n)+/.exec(guide) ?? ['There is none'];
  expect(matrix).toBe(matrixOf(seen));
});

function matrixOf(rows: typeof seen): string {
  const kinds = [...rows.keys()];
  const promises = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [
    line(['', ...kinds]),
    line(['---', ...kinds.map(() => '---')]),
    ...promises.map((promise) =>
      line([promise, ...kinds.map((kind) => [...(rows.get(kind)!.get(promise) ?? ['–'])].join(' or '))]),
    ),
  ].join('');
}
