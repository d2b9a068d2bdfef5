import { afterEach, expect, describe, it } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SessionInfo } from '../../../src/core/session.js';
import { socketApp, type Opened, type SocketApp } from './sockets.js';
import { until } from './streams.js';

const AT_ONCE = 100;

let started: SocketApp;
afterEach(() => started.app.close());

const login = async (user: number) => (await started.manager.createSession(`user-${user}`))!.accessToken;

it('R8 a thousand sockets, whose clients are in another process, close at a thousand revocations', async () => {
  started = await socketApp('ws');
  const tokens: string[] = [];
  for (let user = 0; user < 1000; user += 1) tokens.push(await login(user));
  const clients = fork(join(import.meta.dirname, 'socket-clients.js'), { execArgv: [] });
  try {
    clients.send({ url: started.url.replace('http', 'ws'), tokens });
    await once(clients, 'message');
    expect(started.connections.size).toBe(1000);
    const acknowledged: number[] = [];
    const told = once(clients, 'message');
    for (const token of tokens) {
      await started.manager.invalidateSession(token);
      acknowledged.push(Number(process.hrtime.bigint() / 1000n));
    }
    expect(started.connections.size).toBe(0);
    const [{ closes }] = (await told) as [{ closes: { code: number; at: number }[] }];
    expect(closes.every(({ code }) => code === 4401)).toBe(true);
    const lags = closes.map(({ at }, index) => (at - acknowledged[index]!) / 1000).sort((a, b) => a - b);
    tell(`1,000 sockets closed after the acknowledgement, ms: ${spread(lags)}`);
  } finally {
    clients.kill();
  }
});

describe.each(['socket.io', 'ws'] as const)('R8 over %s', (door) => {
  it('10,000 handshakes that race with the end of their session leave none open', async () => {
    const ending = new Set<string>();
    started = await socketApp(door, {
      resolveUser: async (session: SessionInfo) => {
        // Half of the rivals stand inside the window; the others come when they come.
        if (ending.has(session.username)) await started.manager.invalidateAllSessions(session.username);
        return session;
      },
    });
    let wereOpen = 0;
    const left: Opened[] = [];
    const race = async (user: number) => {
      const token = await login(user);
      const isInside = user % 2 === 0;
      if (isInside) ending.add(`user-${user}`);
      const opening = started.open(token).catch(() => undefined);
      if (!isInside) {
        await pause(user % 8);
        await started.manager.invalidateSession(token);
      }
      const opened = await opening;
      if (opened === undefined) return;
      wereOpen += 1;
      left.push(opened);
      await opened.closed;
      left.splice(left.indexOf(opened), 1);
    };
    for (let first = 0; first < 10_000; first += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, place) => race(first + place)));
    }
    tell(`10,000 races over ${door}: ${wereOpen} were open for a while, ${left.length} are`);
    expect([left.length, started.connections.size]).toEqual([0, 0]);
  });

  it('10,000 connections that come and go leave nothing behind', async () => {
    started = await socketApp(door);
    const token = await login(0);
    for (let first = 0; first < 10_000; first += AT_ONCE) {
      const opened = await Promise.all(Array.from({ length: AT_ONCE }, () => started.open(token)));
      for (const { leave } of opened) leave();
    }
    await until(() => started.connections.size === 0);
  });
});

function spread(ascending: readonly number[]): string {
  const at = (share: number) => ascending[Math.ceil(ascending.length * share) - 1]!.toFixed(1);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
