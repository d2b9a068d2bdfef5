import { describeWithPostgres, withPostgres } from './postgres-server.js';
import { describeSessionsOn } from './session-suites.js';

describeWithPostgres('PostgresSessionStore', () => {
  const server = withPostgres();
  describeSessionsOn('as any store', server, { seed: 20_261_127, numRuns: 30 });
});
