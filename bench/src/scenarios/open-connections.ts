import { NestFactory } from '@nestjs/core';
import { setTimeout } from 'node:timers/promises';
import { SessionConnections, SessionManager, SessionModule, type SessionInfo } from 'nestjs-session-manager';
import { collectAllGarbage } from '../harness/collect-garbage.js';
import { scaled, type Effort, type Meter, type Round, type Scenario } from '../harness/contest.js';
import { microseconds } from '../harness/cpu-time.js';
import { keptBytesEach } from '../harness/kept-bytes.js';
import { KEY } from '../workload/signing.js';

const OPEN = 100_000;
/** For so long nothing happens, in milliseconds. */
const IDLE = 10_000;
const SETTLING = 1500;

/** What tracking adds: the session and what closes the connection are there without it. */
export const openConnections: Scenario = {
  name: 'open-connections',
  operation: 'track a connection that closes when its session ends',
  async open(effort) {
    const operations = scaled(OPEN, effort);
    const { connections, sessions, close } = await application(operations);
    return {
      operations,
      unit: 'bytes per connection',
      rounds: 1,
      contestants: [
        {
          name: 'nestjs-session-manager',
          meter: keptBytesEach,
          prepare: () => {
            closeAll(connections, sessions);
            return () => trackAll(connections, sessions);
          },
        },
      ],
      close,
    };
  },
};

/** While nobody sends, comes or goes. */
export const idleConnections: Scenario = {
  name: 'idle-connections',
  operation: `keep ${OPEN} connections open of which nothing is heard`,
  async open(effort) {
    const operations = scaled(OPEN, effort);
    const { connections, sessions, close } = await application(operations);
    return {
      operations,
      unit: '% of a core',
      rounds: 3,
      contestants: [
        {
          name: 'nestjs-session-manager',
          meter: shareOfACore,
          prepare: async () => {
            closeAll(connections, sessions);
            await trackAll(connections, sessions);
            await settled(effort);
            return idling(operations, effort);
          },
        },
        {
          name: 'the same process without them',
          meter: shareOfACore,
          prepare: async () => {
            closeAll(connections, sessions);
            await settled(effort);
            return idling(operations, effort);
          },
        },
      ],
      close,
    };
  },
};

async function application(count: number) {
  const sessions = SessionModule.forRoot({
    strategy: 'token',
    secretKey: KEY,
    existingSession: 'new',
    maxConcurrentSessions: Infinity,
    cleanup: false,
  });
  const app = await NestFactory.createApplicationContext(sessions, { logger: false });
  const manager = app.get(SessionManager);
  const opened: SessionInfo[] = [];
  for (let number = 0; number < count; number++) {
    const tokens = await manager.createSession(`user${number}`);
    opened.push(await manager.validateSession(tokens!.accessToken));
  }
  return { connections: app.get(SessionConnections), sessions: opened, close: () => void app.close() };
}

async function trackAll(connections: SessionConnections, sessions: readonly SessionInfo[]): Promise<number> {
  for (const [place, session] of sessions.entries()) {
    connections.track(session, ignore);
    // Each is asked for once more, as it would be when it comes.
    if (place % 1000 === 0) await setTimeout();
  }
  await setTimeout(100);
  return connections.size;
}

function closeAll(connections: SessionConnections, sessions: readonly SessionInfo[]): void {
  for (const { username } of sessions) connections.close({ username });
}

/** What coming and going left is theirs to collect, and a collection goes on for a while in other threads. */
async function settled(effort: Effort): Promise<void> {
  collectAllGarbage();
  await setTimeout(scaled(SETTLING, effort));
}

function idling(operations: number, effort: Effort): Round {
  return async () => {
    await setTimeout(scaled(IDLE, effort));
    return operations;
  };
}

/** Processor time of this process in hundredths of the time that went by. */
const shareOfACore: Meter = () => {
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  return () => microseconds(process.cpuUsage(cpu)) / (performance.now() - begun) / 10;
};

function ignore(): void {}
