import type { Pool } from 'pg';
import type { PostgresPool } from '../../../src/stores/postgres/postgres-client.js';

/** Further ahead than any test goes. */
const FAR_AHEAD = 1e11;

/**
 * A pool whose steps go by a time of the caller however far that is ahead of the server's, where it is a minute, or nothing
 * for a sweep: the contract's tests have hours to pass, which the server's clock has not.
 */
export function goingByTheCaller(pool: Pool): PostgresPool {
  return new Proxy(pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name, target) as unknown;
      return ({ values, ...query }: { values?: unknown[] }) =>
        target.query({ ...query, values: values && farAhead(values) } as never);
    },
  });
}

/** Behind the caller's time stands how far that may lie ahead: the one number that is a minute, or nothing. */
function farAhead(values: unknown[]): unknown[] {
  return values.map((value, place) => {
    const before = values[place - 1];
    const isAhead = value === 60_000 || value === 0;
    return isAhead && typeof before === 'number' && before > 1e12 ? FAR_AHEAD : value;
  });
}
