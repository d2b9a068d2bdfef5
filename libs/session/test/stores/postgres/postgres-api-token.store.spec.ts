import { describeApiTokensOn } from './api-token-suites.js';
import { describeWithPostgres, withPostgres } from './postgres-server.js';

describeWithPostgres('PostgresApiTokenStore', () => {
  describeApiTokensOn('as any store', withPostgres());
});
