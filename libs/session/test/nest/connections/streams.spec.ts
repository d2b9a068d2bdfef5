import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { manualClock, type ManualClock } from '../../../src/testing/index.js';
import type { SessionTokens } from '../../../src/core/session.js';
import { PLATFORMS } from '../../support/nest-app.js';
import type { EventStream } from '../../support/event-stream.js';
import { producers, streamApp, until, type StreamApp } from './streams.js';

describe.each(PLATFORMS)('R8 streams of events on %s', (platform) => {
  let clock: ManualClock;
  let started: StreamApp;

  const start = async (options: object = {}) => (started = await streamApp(platform, { clock, ...options }));
  const login = async (username = 'alice') => (await started.manager.createSession(username))!;

  /** A stream of which events have come. */
  async function flowing(token: string, route?: string): Promise<EventStream> {
    const stream = await started.open(token, route);
    await until(() => stream.text().includes('data: 1'));
    return stream;
  }

  beforeEach(() => {
    clock = manualClock();
  });

  afterEach(async () => {
    await started.close();
    await until(() => producers.running === 0);
  });

  /** Opens Alice's stream, and does something; when that is done nothing of hers is tracked, and both ends close. */
  async function closes(act: (tokens: SessionTokens) => Promise<unknown>): Promise<void> {
    const tokens = await login();
    const stream = await flowing(tokens.accessToken);
    expect([stream.status, started.connections.size]).toEqual([200, 1]);
    await act(tokens);
    expect(started.connections.size).toBe(0);
    await stream.closed;
    await until(() => producers.running === 0);
  }

  it('close at a logout', async () => {
    await start();
    await closes(({ accessToken }) => started.manager.invalidateSession(accessToken));
  });

  it('close when their session is revoked, by its name, with all of its user’s, and with everybody’s', async () => {
    await start();
    await closes(({ sessionId }) => started.manager.invalidateSession({ sessionId }));
    await closes(() => started.manager.invalidateAllSessions('alice'));
    await closes(() => started.manager.invalidateEverySession());
  });

  it('close when their session is evicted', async () => {
    await start({ maxSessionsPerUser: 1, onLimit: { user: 'evict-oldest' } });
    await closes(() => login());
  });

  it('close when a refresh token of their session is used twice', async () => {
    await start({ refreshGrace: 0 });
    await closes(async ({ refreshToken }) => {
      await started.manager.refreshSession(refreshToken);
      await expect(started.manager.refreshSession(refreshToken)).rejects.toMatchObject({
        code: 'REFRESH_TOKEN_REUSE',
      });
    });
  });

  it('close when their token has expired and nobody has renewed it', async () => {
    await start();
    await closes(async () => {
      clock.advance('16m');
      await until(() => started.connections.size === 0);
    });
  });

  it('stay open when somebody else’s session ends', async () => {
    await start();
    const [mine, theirs] = [await login(), await login('bob')];
    const stream = await flowing(mine.accessToken);
    await started.manager.invalidateSession(theirs.accessToken);
    await started.manager.invalidateEverySession({ except: mine.sessionId });
    const before = stream.text().length;
    await until(() => stream.text().length > before);
    expect(started.connections.size).toBe(1);
  });

  it('stay open without the protection: what closes them is the tracking, and nothing else', async () => {
    await start({ connections: false });
    const { accessToken } = await login();
    const stream = await flowing(accessToken);
    await started.manager.invalidateSession(accessToken);
    const before = stream.text().length;
    await until(() => stream.text().length > before);
    expect([started.connections.size, producers.running]).toEqual([0, 1]);
    stream.leave();
  });

  it('of an API token close when that is revoked, by itself, with all of its owner’s, and with everybody’s', async () => {
    await start();
    const ends = [
      (jti: string) => started.manager.invalidateApiToken({ jti }),
      () => started.manager.invalidateAllSessions('alice'),
      () => started.manager.invalidateEverySession(),
    ];
    for (const end of ends) {
      const { token, jti } = await started.manager.createApiToken('alice');
      const stream = await flowing(token, 'scripts');
      await end(jti);
      expect(started.connections.size).toBe(0);
      await stream.closed;
    }
  });

  it('close with the key that had signed their token, and not with another', async () => {
    await start();
    const keys = [7, 8, 9].map((byte) => new Uint8Array(64).fill(byte)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const old = await flowing((await login()).accessToken);
    await started.manager.keys.rotateKeys([keys[1], keys[0]]);
    const young = await flowing((await login()).accessToken);
    await started.manager.keys.rotateKeys([keys[2], keys[1]]);
    await old.closed;
    expect(started.connections.size).toBe(1);
    await started.manager.keys.rotateKeys(keys[2]);
    await young.closed;
  });

  it('are not opened by what ends while its user is looked for', async () => {
    await start({
      resolveUser: async () => {
        await started.manager.invalidateAllSessions('alice');
        return { name: 'Alice' };
      },
    });
    const stream = await started.open((await login()).accessToken);
    expect([stream.status, started.connections.size, producers.running]).toEqual([401, 0, 0]);
    stream.leave();
  });

  it('are forgotten when their client leaves', async () => {
    await start();
    const stream = await flowing((await login()).accessToken);
    expect(started.connections.size).toBe(1);
    stream.leave();
    await until(() => started.connections.size === 0 && producers.running === 0);
  });

  it('are tracked only where a session has opened them, and nothing that ends by itself is', async () => {
    await start();
    const { accessToken } = await login();
    const url = await started.app.getUrl();
    const open = [await started.open(accessToken, 'public'), await started.open('', 'once')];
    expect(
      await (await fetch(`${url}/once`, { headers: { authorization: `Bearer ${accessToken}` } })).text(),
    ).toBe('once');
    expect(started.connections.size).toBe(0);
    for (const stream of open) stream.leave();
  });

  it('end at a shutdown, before the server waits for them', async () => {
    await start();
    const streams = [
      await flowing((await login()).accessToken),
      await flowing((await login('bob')).accessToken),
    ];
    await started.close();
    await Promise.all(streams.map(({ closed }) => closed));
    expect(started.connections.size).toBe(0);
  });
});
