import type { SessionTransport } from '../core/session-transport.js';
import type { SessionInfo } from '../core/session.js';
import { IsCleanup, IsConnections, IsFunction, IsOneOf, IsTransport } from './option-checks.js';
import { IsOmittable } from './option-rule.js';

/** How connections that last are looked after. Times are seconds. */
export interface ConnectionOptions {
  /** How often what opened them is asked for where nobody tells that it has ended, 1 to 3600. Default: 10. */
  readonly recheck?: number;
  /** For how long they stay open while a store cannot answer, 1 to 3600. Default: 30. */
  readonly maxUnknown?: number;
}

/**
 * Tells the credential of a message whose transport has no headers: the bare token, or a promise of it. What is no text is
 * none.
 *
 * @param payload what the sender sent, of whatever shape: look at each member before using it.
 * @param context what Nest hands a handler as `@Ctx()`.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the sender's to make, and the transport's
export type RpcCredential = (payload: any, context: any) => unknown;

/**
 * What the guards of both modules go by. Without a module it is checked and left alone, so that one object of options
 * serves both.
 */
export class GuardOptions {
  /**
   * Where requests carry their credential, and where responses hand out a new one: a {@link SessionTransport}, as
   * `BearerTransport`, `HeaderTransport` and `CookieTransport` are, and yours may be; or an array of them, of which a
   * request may use any, and not two with credentials that differ (400). Inject `SessionTransport` to `check` a request
   * and `write` tokens at a login, and `clear` them at a logout; guide cookies-and-csrf does.
   * Default: `new BearerTransport()`, the header `Authorization`.
   */
  @IsOmittable()
  @IsTransport()
  readonly transport?: SessionTransport | readonly SessionTransport[];

  /**
   * Finds what `@CurrentUser()` gives, once per guarded request: `(session) => user`, or a promise or an Observable of
   * one. `null`, `undefined`, `false`, `0`, `''`, `NaN`, `[]` and a returned exception are nobody, and refuse the request
   * with 401. Default: the session's own `SessionInfo`.
   */
  @IsOmittable()
  @IsFunction()
  readonly resolveUser?: (session: SessionInfo) => unknown;

  /**
   * How `@Sse()` routes, sockets, and what {@link SessionConnections} is given, close when their session or API token ends:
   * `{ recheck, maxUnknown }`, in seconds from 1 to 3600, or `false` for not at all. An end in another process is known at
   * once where the store tells of it (`subscribe`), and else within `recheck`, as for API tokens in a file; boot says so. While
   * a store cannot answer nothing more is let in, and what has to be asked for is closed after `maxUnknown`. With a
   * `JwksVerifierModule`, which hears of no end, they close when their token expires. Default: `{ recheck: 10, maxUnknown: 30 }`.
   */
  @IsOmittable()
  @IsConnections()
  readonly connections?: ConnectionOptions | false;

  /**
   * Finds the token in a message of a microservice whose transport has no headers, as TCP and Redis have none:
   * `(payload, context) => payload?.token`, or a promise of it. The bare token; what is no text is none, and an empty text
   * too. Messages of gRPC, NATS, Kafka and RabbitMQ carry `authorization: Bearer <token>`, and this is not asked.
   * Default: none, and guarded handlers of those other transports refuse everyone.
   */
  @IsOmittable()
  @IsFunction()
  readonly rpcCredential?: RpcCredential;

  /**
   * Whether other modules inject what the module provides, and use its guards, without importing it. With `false` they
   * import what `forRoot` or `forRootAsync` returned. Default: `true`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly isGlobal?: boolean;
}

/** When the clean-up runs. */
export interface CleanupSchedule {
  /** A cron expression with or without seconds. Default: `'0 * * * * *'`, every minute. */
  readonly cron?: string;
  /** An IANA time zone. Default: the machine's. */
  readonly timeZone?: string;
}

/** What `SessionModule` does besides. `createSessionManager` checks it and leaves it alone. */
export class ModuleOptions extends GuardOptions {
  /**
   * When expired sessions are freed: `{ cron, timeZone }`, a cron expression with or without seconds and an IANA time
   * zone, or `false` for never. It frees memory, and no answer depends on it. In the `SchedulerRegistry` of the host, if
   * there is one, the job is named `cleanup_expired_sessions`, and no other may be.
   * Default: `{ cron: '0 * * * * *' }`, every minute of the machine's time zone.
   */
  @IsOmittable()
  @IsCleanup()
  readonly cleanup?: CleanupSchedule | false;
}
