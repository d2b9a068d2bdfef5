import { isSessionError } from '../../core/error-brand.js';
import { SessionConfigurationError } from '../../core/errors.js';
import type { Clock } from '../../util/clock.js';
import { News } from '../remote/news.js';
import { RemoteCalls, type RemoteCall } from '../remote/remote-calls.js';
import { ServerTime, type StepTimes as TimesOfStep } from '../remote/server-time.js';
import { checkServer } from './check-server.js';
import { ListeningConnection } from './listening-connection.js';
import {
  checkPool,
  hasMetAnother,
  isAnswer,
  lacksSchema,
  type PostgresPool,
  type Row,
  type Statement,
} from './postgres-client.js';
import { resolveOptions, type PostgresOptions, type ResolvedOptions } from './postgres-options.js';
import { inSchema, SCHEMA_VERSION } from './schema/schema-sql.js';

/** The times that a step goes by: see `time_of` in the schema. */
export type StepTimes = TimesOfStep<null>;

/** So often is a step asked for again that met another one. */
const TRIES = 4;

/** What the stores in a PostgreSQL database have in common: guarded calls, the server's clock, the news of others. */
export class PostgresBackend {
  /** The server's, or the one that was given. */
  readonly clock: Clock;
  /** What the steps of all processes tell. */
  readonly news: News;
  readonly schema: string;
  readonly #options: ResolvedOptions;
  readonly #pool: PostgresPool;
  readonly #calls: RemoteCalls;
  readonly #time: ServerTime<null>;
  readonly #askTime: Statement;

  constructor(pool: PostgresPool, given: PostgresOptions) {
    this.#options = resolveOptions(given);
    this.#pool = checkPool(pool);
    const { schema, timeout, breaker, clock, logger } = this.#options;
    this.schema = schema;
    this.#calls = new RemoteCalls({
      server: 'The PostgreSQL server',
      timeout,
      breaker,
      // What we say of the server ourselves was found out by asking it.
      isAnswer: (error) => isSessionError(error) || isAnswer(error),
    });
    this.#askTime = this.statement(
      'time',
      `SELECT date_part('epoch', clock_timestamp()) * 1000 AS time, (SELECT a.version FROM %S.about a) AS version`,
    );
    this.news = new News(() => new ListeningConnection(this.#pool, timeout), timeout / 2, logger);
    this.#time = new ServerTime(() => this.#ask(), clock, null);
    this.clock = this.#time.clock;
  }

  /** A statement of the schema of this store, under a name that no other has. */
  statement(name: string, text: string): Statement {
    return { name: `${this.schema}.${name}`, text: inSchema(text, this.schema) };
  }

  /** As {@link ServerTime.of}. */
  times(now: number, ahead?: number): StepTimes {
    return this.#time.of(now, ahead);
  }

  /** Until when, by the server's clock, a step may still happen that nobody must find done after giving it up. */
  deadline(): Promise<number> {
    return this.#time.deadline(this.#options.timeout);
  }

  /** Runs a step, and once more if it met another one. */
  run(statement: Statement, values: unknown[], options?: RemoteCall<Row[]>): Promise<Row[]> {
    const end = performance.now() + this.#options.timeout;
    return this.#calls.call(async () => {
      await this.news.settled;
      for (let tries = 1; ; tries += 1) {
        try {
          const { rows } = await this.#pool.query({ ...statement, values: values.map(asTaken) });
          return rows;
        } catch (error) {
          if (tries === TRIES || !hasMetAnother(error) || performance.now() > end) throw error;
        }
      }
    }, options);
  }

  /** Asks the server for its time, and the first time how it is set up, which the log tells where it should not be so. */
  async ping(): Promise<void> {
    await this.#time.learn();
    const { logger, timeout } = this.#options;
    await this.#calls.call(() => checkServer(this.#pool, logger), { timeout: 4 * timeout });
  }

  /** Ends what is ours, and not the application's. */
  close(): void {
    this.news.close();
  }

  async #ask(): Promise<number> {
    // Not after the news: at boot nobody is to wait for a subscription.
    const ask = () => this.#pool.query({ ...this.#askTime });
    let row: Row | undefined;
    try {
      [row] = (await this.#calls.call(ask)).rows;
    } catch (error) {
      if (!lacksSchema(error)) throw error;
    }
    const version = Number(row?.['version'] ?? 0);
    if (version >= SCHEMA_VERSION) return Number(row!['time']);
    throw new SessionConfigurationError(
      `schema: expected "${this.schema}" to be there in version ${SCHEMA_VERSION}, got ` +
        `${version === 0 ? 'nothing of ours' : `version ${version}`}; ensureSchema(pool) makes it, or schema.sql`,
    );
  }
}

/** No text has a NUL there, so that no name has one either: one that is asked for is the name of nobody. */
function asTaken(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}
