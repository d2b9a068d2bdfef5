import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisSessionStoreOptions } from '../../../src/stores/redis/redis-options.js';
import { RedisSessionStore } from '../../../src/stores/redis/redis-session.store.js';
import { newSession, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { freePort } from '../../support/ports.js';
import { describeWithRedis, RedisServer } from './redis-server.js';

const ROUNDS = 20;
const ALONE = { replicas: 1, timeout: 100 };

describeWithRedis('R1 a fail-over to a replica that was cut off', () => {
  it('loses no revocation that was acknowledged with revokeDurability', async () => {
    const seen = await failOver({ revokeDurability: ALONE });
    expect(seen).toEqual({ acknowledged: 0, refused: ROUNDS, lost: ROUNDS });
  });

  it('loses every one without: what the option is for', async () => {
    expect(await failOver({})).toEqual({ acknowledged: ROUNDS, refused: 0, lost: ROUNDS });
  });
});

/** Revokes at a master whose replica hears nothing any more, and looks what that knows when it takes over. */
async function failOver(options: RedisSessionStoreOptions) {
  const sync = ['--repl-diskless-sync-delay', '0'];
  const master = await RedisServer.start(...sync);
  const replica = await RedisServer.start(...sync, '--replicaof', '127.0.0.1', String(master.port));
  const [its, copy] = [clientOf(master), clientOf(replica)];
  const before = new RedisSessionStore(its, { logger: SILENT, timeout: 5000, ...options });
  await before.ping();
  const now = Math.floor(before.clock() / 1000) * 1000;
  const records = Array.from({ length: ROUNDS }, (_, user) => newSession(now, { username: `user-${user}` }));
  for (const record of records) await before.create(record, UNLIMITED, now);
  for (const { id } of records) while ((await copy.get(`{nsm}:s:${id}`)) === null) await pause(5);

  // It asks for news where nobody is.
  await copy.replicaof('127.0.0.1', await freePort());
  let acknowledged = 0;
  for (const { id } of records) {
    const revoked = before.revoke(id, 'logout', {}, now);
    acknowledged += await revoked.then(
      () => 1,
      () => 0,
    );
  }
  before.close();
  await master.kill();
  await copy.replicaof('NO', 'ONE');

  const after = new RedisSessionStore(copy, { logger: SILENT, timeout: 5000 });
  let lost = 0;
  for (const { id } of records) lost += (await after.access(id, 0, now)) === undefined ? 0 : 1;
  after.close();
  for (const each of [its, copy]) each.disconnect();
  await Promise.all([master.stop(), replica.stop()]);
  return { acknowledged, refused: ROUNDS - acknowledged, lost };
}

function clientOf({ port }: RedisServer): Redis {
  const client = new Redis(port, '127.0.0.1');
  client.on('error', () => undefined);
  return client;
}
