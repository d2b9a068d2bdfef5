import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { ListeningConnection } from '../../../src/stores/postgres/listening-connection.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

describeWithPostgres('the connection that listens to PostgreSQL', () => {
  const server = withPostgres();
  let pool: Pool;
  let connection: ListeningConnection;
  let heard: string[];
  beforeEach(async () => {
    pool = server().pool({ max: 4 });
    heard = [];
    connection = new ListeningConnection(pool, 200, 100);
    connection.onLost(() => heard.push('lost'));
    connection.onBack(() => heard.push('back'));
    await connection.subscribe('one:ended', (message) => heard.push(message));
    await connection.subscribe('two:ended', (message) => heard.push(message));
  });
  afterEach(async () => {
    connection.close();
    await pool.end();
  });

  const notify = (channel: string, message: string) =>
    pool.query('SELECT pg_notify($1, $2)', [channel, message]);

  it('hears each of its channels, and no other', async () => {
    await notify('three:ended', 'c');
    await notify('one:ended', 'a');
    await notify('two:ended', 'b');
    await until(() => heard.length === 2);
    expect(heard).toEqual(['a', 'b']);
  });

  it('R8 is replaced when it ends, tells so, and hears the same', async () => {
    await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`);
    await until(() => heard.includes('back'));
    await notify('one:ended', 'a');
    await notify('two:ended', 'b');
    await until(() => heard.length === 4);
    expect(heard).toEqual(['lost', 'back', 'a', 'b']);
  });

  it('R8 is replaced when it does not answer any more', async () => {
    server().freeze();
    await until(() => heard.includes('lost'));
    server().thaw();
    await until(() => heard.includes('back'));
    await notify('one:ended', 'a');
    await until(() => heard.includes('a'));
  });

  it('gives its client back when it is closed, and listens no more', async () => {
    connection.close();
    await until(() => pool.totalCount === pool.idleCount);
    await notify('one:ended', 'a');
    expect(heard).toEqual([]);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('It did not come to that within ten seconds');
    await pause(5);
  }
}
