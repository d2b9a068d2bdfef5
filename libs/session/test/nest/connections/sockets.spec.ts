import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type AddressInfo, type Server } from 'node:net';
import type { SessionInfo, SessionTokens } from '../../../src/core/session.js';
import { MemorySessionStore } from '../../../src/stores/memory/memory-session.store.js';
import { manualClock, type ManualClock } from '../../../src/testing/manual-clock.js';
import { DOORS, socketApp, type Closed, type SocketApp } from './sockets.js';
import { until } from './streams.js';

/** Counts what is asked of it. */
class CountingStore extends MemorySessionStore {
  asked = 0;

  override access(...given: Parameters<MemorySessionStore['access']>) {
    this.asked += 1;
    return super.access(...given);
  }

  override find(...given: Parameters<MemorySessionStore['find']>) {
    this.asked += 1;
    return super.find(...given);
  }
}

describe.each(DOORS)('R8 connections of %s', (door) => {
  let clock: ManualClock;
  let started: SocketApp;
  let isOver: boolean;

  const start = async (options: object = {}) => (started = await socketApp(door, { clock, ...options }));
  const login = async (username = 'alice') => (await started.manager.createSession(username))!;
  const told = (code: number, text: string): Closed =>
    door === 'socket.io' ? { text, statusCode: code < 4000 ? 503 : 401 } : { code, text };

  beforeEach(() => {
    clock = manualClock();
    isOver = false;
  });
  afterEach(async () => {
    if (!isOver) await started.app.close();
  });

  /** Opens Alice's connection, and does something; when that is done it is tracked no more, and closes as told. */
  async function closes(act: (tokens: SessionTokens) => unknown, end: Closed): Promise<void> {
    const tokens = await login();
    const { closed, say } = await started.open(tokens.accessToken);
    expect([started.connections.size, await say('who')]).toEqual([1, 'alice']);
    await act(tokens);
    expect(started.connections.size).toBe(0);
    expect(await closed).toEqual(end);
  }

  it('close at a logout, and are not told why', async () => {
    await start();
    await closes(
      ({ accessToken }) => started.manager.invalidateSession(accessToken),
      told(4401, 'session ended'),
    );
  });

  it('close at a logout, a revocation, an eviction and a refresh token used twice, and are told why where that is wanted', async () => {
    await start({
      tellRefusalReason: true,
      maxSessionsPerUser: 1,
      onLimit: { user: 'evict-oldest' },
      refreshGrace: 0,
    });
    const { manager } = started;
    await closes(({ accessToken }) => manager.invalidateSession(accessToken), told(4401, 'session logout'));
    await closes(({ sessionId }) => manager.invalidateSession({ sessionId }), told(4401, 'session revoked'));
    await closes(() => manager.invalidateAllSessions('alice'), told(4401, 'session revoked'));
    await closes(() => login(), told(4401, 'session evicted'));
    await closes(
      async ({ refreshToken }) => {
        await manager.refreshSession(refreshToken);
        await manager.refreshSession(refreshToken).catch(() => undefined);
      },
      told(4401, 'session revoked'),
    );
  });

  it('of an API token close when that is revoked', async () => {
    await start();
    const { token, jti } = await started.manager.createApiToken('alice');
    const { closed, say } = await started.open(token);
    expect(await say('scripts')).toBe('alice');
    await started.manager.invalidateApiToken({ jti });
    expect(await closed).toEqual(told(4401, 'session ended'));
  });

  it('close when their session has lapsed, and say that a client may come again', async () => {
    await start({ sessionTimeout: 60 });
    const { closed } = await started.open((await login()).accessToken);
    clock.advance('60s');
    expect(await closed).toEqual(told(4403, 'session expired'));
  });

  it('stay open past the expiry of the token that opened them, where their sessions were refreshed', async () => {
    await start({ sessionTimeout: 60 });
    const all = await Promise.all(Array.from({ length: 20 }, (_, user) => login(`user-${user}`)));
    for (const { accessToken } of all) await started.open(accessToken);
    clock.advance('50s');
    for (const { refreshToken } of all) await started.manager.refreshSession(refreshToken);
    clock.advance('20s');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(started.connections.size).toBe(20);
  });

  it('close for a user who may do less now, and at shutdown', async () => {
    await start();
    await closes(() => started.connections.close({ username: 'alice' }), told(4401, 'session ended'));
    const { closed } = await started.open((await login()).accessToken);
    isOver = true;
    await started.app.close();
    // graphql-ws has the same to say, and may be first.
    expect(await closed).toEqual(told(1001, expect.stringMatching(/^going away$/i) as never));
  });

  it('let messages in without asking the store or for the user, unless an answer is to be fresh', async () => {
    const store = new CountingStore();
    const users = { asked: 0 };
    const resolveUser = (session: SessionInfo) => {
      users.asked += 1;
      return session;
    };
    await start({ store, resolveUser });
    const { say } = await started.open((await login()).accessToken);
    const [asked, resolved] = [store.asked, users.asked];
    for (let message = 0; message < 10; message += 1) expect(await say('who')).toBe('alice');
    expect([store.asked, users.asked]).toEqual([asked, resolved]);
    expect(await say('fresh')).toBe('alice');
    expect([store.asked, users.asked]).toEqual([asked + 1, resolved + 1]);
  });

  it('ask for each message where nothing is kept, as the option says', async () => {
    const store = new CountingStore();
    await start({ store, connections: false });
    const { accessToken } = await login();
    const { say } = await started.open(accessToken);
    const asked = store.asked;
    expect(await say('who')).toBe('alice');
    expect([store.asked, started.connections.size]).toEqual([asked + 1, 0]);
    await started.manager.invalidateSession(accessToken);
    expect(await say('who')).toBe(401);
  });

  it('refuse a message of another type of token, and remember nothing of it', async () => {
    await start();
    const { say } = await started.open((await login()).accessToken);
    expect([await say('scripts'), await say('who'), await say('scripts')]).toEqual([401, 'alice', 401]);
  });

  it('are forgotten when they close by themselves', async () => {
    await start();
    const { accessToken } = await login();
    const opened = await Promise.all([1, 2, 3].map(() => started.open(accessToken)));
    expect(started.connections.size).toBe(3);
    for (const { leave } of opened) leave();
    await until(() => started.connections.size === 0);
  });

  it('open for nobody whose session ends while they are let in', async () => {
    let accessToken = '';
    const resolveUser = async (session: SessionInfo) => {
      await started.manager.invalidateSession(accessToken);
      return session;
    };
    await start({ resolveUser });
    ({ accessToken } = await login());
    await expect(started.open(accessToken)).rejects.toMatchObject({ statusCode: 401 });
    expect(started.connections.size).toBe(0);
  });
});

describe('R8 what is special about', () => {
  it('ws: a client that goes away while it is let in leaves nothing behind', async () => {
    let letIn = (): void => {};
    const judged = new Promise<void>((resolve) => (letIn = resolve));
    let begun = (): void => {};
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const { app, manager, connections } = await socketApp('ws', {
      resolveUser: async (session: SessionInfo) => {
        begun();
        await judged;
        return session;
      },
    });
    const { accessToken } = (await manager.createSession('alice'))!;
    const raw = connect(((app.getHttpServer() as Server).address() as AddressInfo).port, '127.0.0.1');
    raw.write(
      ['GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
        .concat('Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==', `Authorization: Bearer ${accessToken}`, '', '')
        .join('\r\n'),
    );
    await asked;
    raw.destroy();
    letIn();
    await until(() => connections.size === 0);
    await app.close();
  });

  it('graphql-ws: a stale token is an error of its operation, and closes nothing', async () => {
    const { app, manager, open } = await socketApp('graphql-ws');
    const { accessToken } = (await manager.createSession('alice'))!;
    await manager.invalidateSession(accessToken);
    await expect(open(accessToken)).rejects.toMatchObject({ statusCode: 401 });
    await app.close();
  });
});
