import { SessionConfigurationError } from '../../core/errors.js';
import { describeValue } from '../../util/text.js';

/** A statement that a connection prepares once, by its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What a statement answers: rows, whose values are texts or what the driver makes of them. */
export interface PostgresRows {
  /** In order. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever type the driver's rows have
  readonly rows: Record<string, any>[];
}

/** One row. */
export type Row = PostgresRows['rows'][number];

/** What is needed of a client that a pool has lent: one of `pg`. */
export interface PostgresPoolClient {
  /** Runs statements, without values several at once. */
  query(query: { text: string; values?: unknown[] }): Promise<PostgresRows>;
  /** Gives it back; with `true` its connection ends. */
  release(destroy?: boolean): void;
  /** Calls `listener` for each message of the channels that the connection listens to. */
  on(event: 'notification', listener: (message: { channel: string; payload?: string }) => void): unknown;
  /** Calls `listener` when the connection is lost. */
  on(event: 'error' | 'end', listener: () => void): unknown;
  /** Calls it no more. */
  off(event: 'error', listener: () => void): unknown;
}

/**
 * A pool that the application made, and ends: `new Pool(…)` of `pg`, or the one behind TypeORM, Knex or Prisma's adapter.
 * Its settings need not be any of ours.
 */
export interface PostgresPool {
  /** Runs a statement on any of its connections. */
  query(query: { name?: string; text: string; values?: unknown[] }): Promise<PostgresRows>;
  /** Lends a client. */
  connect(): Promise<PostgresPoolClient>;
}

/** @throws SessionConfigurationError for what is no pool of `pg`. */
export function checkPool(pool: unknown): PostgresPool {
  const given = pool as Partial<Record<'query' | 'connect' | 'totalCount', unknown>> | null | undefined;
  const isPool = typeof given?.query === 'function' && typeof given.connect === 'function';
  // A client of pg has both methods, too, and is one connection.
  if (isPool && typeof given.totalCount === 'number') return pool as PostgresPool;
  throw new SessionConfigurationError(`pool: expected one of pg (new Pool(…)), got ${describeValue(pool)}`);
}

/**
 * Works with a client that the pool lends. A connection that is lost meanwhile is an error of that work, and not, as an event
 * that nobody listens to would be, the end of the process.
 */
export async function withClient<T>(
  pool: PostgresPool,
  work: (client: PostgresPoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const lost = () => undefined;
  client.on('error', lost);
  let isWell = false;
  try {
    const answer = await work(client);
    isWell = true;
    return answer;
  } finally {
    client.off('error', lost);
    client.release(!isWell);
  }
}

/** Of SQLSTATE, whatever means that the server cannot do anything for anybody: it is going down, coming up, or full. */
const NOT_AT_WORK = /^(08|57P0[1-3]|53300)/;

/** Whether an error is what the server answered, which shows it at work. */
export function isAnswer(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as { readonly code?: unknown; readonly severity?: unknown };
  return typeof severity === 'string' && typeof code === 'string' && !NOT_AT_WORK.test(code);
}

/** Whether the same step would go through if it were asked for again: it met another (40001, 40P01). */
export function hasMetAnother(error: unknown): boolean {
  return ['40001', '40P01'].includes((error as { code?: string } | null)?.code ?? '');
}

/** Whether there is no such schema, or nothing of ours in it. */
export function lacksSchema(error: unknown): boolean {
  return ['3F000', '42P01', '42703'].includes((error as { code?: string } | null)?.code ?? '');
}
