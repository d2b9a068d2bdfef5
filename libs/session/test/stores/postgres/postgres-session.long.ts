import { nearCache } from '../shared/near-sessions.suite.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';
import { describeSessionsOn } from './session-suites.js';

const SEED = Number(process.env['SEED'] ?? 20_261_127);

describeWithPostgres('PostgresSessionStore, at length', () => {
  const server = withPostgres();
  describeSessionsOn('as any store', server, { seed: SEED, numRuns: 500 });
  describeSessionsOn('past the log', server, { seed: SEED, numRuns: 50 }, { unlogged: true });
  describeSessionsOn('kept nearby', server, { seed: SEED, numRuns: 50 }, { nearCache });
});
