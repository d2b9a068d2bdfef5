import { expect, it } from '@jest/globals';
import { recordHistories } from '../shared/histories.campaigns.js';
import { POSTGRES } from './postgres-backend.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

describeWithPostgres('C1 what several ask of one session in PostgreSQL at once', () => {
  const server = withPostgres();
  const connect = () => POSTGRES.connect(server().port);

  it('is answered as if they had asked one after the other, stops of the server included', async () => {
    const { unknown, impossible } = await recordHistories(server(), connect, { histories: 30, seed: 1 });
    expect(impossible).toEqual([]);
    expect(unknown).toBeGreaterThan(0);
  });
});
