import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { CredentialWatch } from '../../core/credential-watch.js';
import { SessionValidator } from '../../core/session-validator.js';
import type { SessionInfo } from '../../core/session.js';
import { TokenType } from '../../core/token-type.js';
import { VouchedCredentials } from '../../managers/vouched-credentials.js';
import { SECOND, systemClock } from '../../util/clock.js';
import { MODULE_SETTINGS, type ModuleSettings } from '../settings.js';
import type { ConnectionEndReason } from './connection-end.js';
import { ConnectionKeeper, type KeeperSettings } from './connection-keeper.js';
import { OpenConnection, type CloseConnection, type TrackedConnection } from './open-connection.js';
import type { ConnectionTarget } from './open-connections.js';
import { refusalOf } from './refusal-of.js';

const RECHECK = 10;
const MAX_UNKNOWN = 30;

/**
 * The connections that are open, and close when what opened them ends. Routes with `@Sse()` track themselves; whatever
 * else lasts, an application may have tracked.
 *
 * An end in this process closes at once, and one in another process by the news of its store. A session that lapses is
 * asked for within a quarter of a second: renewed meanwhile, its connections stay open.
 */
@Injectable()
export class SessionConnections implements BeforeApplicationShutdown {
  readonly #settings: KeeperSettings;
  readonly #watch: CredentialWatch;
  readonly #keeper: ConnectionKeeper;
  readonly #isOff: boolean;
  #isShutDown = false;

  /** @internal Nest injects. */
  constructor(
    validator: SessionValidator,
    @Inject(MODULE_SETTINGS) { connections, resolveUser, tellRefusalReason, logger }: ModuleSettings,
  ) {
    const { recheck = RECHECK, maxUnknown = MAX_UNKNOWN } = connections || {};
    this.#isOff = connections === false;
    this.#settings = {
      recheck: recheck * SECOND,
      maxUnknown: maxUnknown * SECOND,
      resolveUser,
      tellRefusalReason,
      logger,
    };
    this.#watch = watchOf(validator);
    this.#keeper = new ConnectionKeeper(this.#watch, this.#settings);
  }

  /** Whether nothing is tracked, by the option `connections`. */
  get areOff(): boolean {
    return this.#isOff;
  }

  /** @internal Whether an end in another process is told here, and has not to be asked for. */
  get hearOfEnds(): boolean {
    return this.#watch.tellsOf(TokenType.Access);
  }

  /** @internal How often it is asked for, in seconds. */
  get recheck(): number {
    return this.#settings.recheck / SECOND;
  }

  /** How many are open. */
  get size(): number {
    return this.#keeper.size;
  }

  /**
   * Closes a connection when what opened it ends, be it that this happened just before: it is asked for once more. With the
   * option `connections` at `false` nothing is tracked.
   *
   * @param session what opened it, as `@CurrentSession()` gives it.
   * @param close closes it; called once at most, and perhaps before this returns.
   * @param credential the token that opened it, of which only the name of its key is kept. Without it the connection
   * closes with whatever key an exchange leaves out.
   * @returns what is to be called when it has closed by itself.
   * @throws {@link SessionStoreUnavailableError} while the time is not known.
   */
  track(session: SessionInfo, close: CloseConnection, credential?: string): () => void {
    if (this.#isOff) return () => undefined;
    const signer = this.#signerOf(credential);
    const connection = new OpenConnection(this.#keeper, session, close, signer);
    this.#keeper.add(connection);
    if (this.#isShutDown) this.#keeper.end([connection], 'shutdown');
    else if (signer === null) this.#keeper.end([connection], 'expired');
    else void this.#keeper.look(connection);
    return () => connection.forget();
  }

  /**
   * Lets a connection in: as {@link track}, but answers only when it was asked for once more, so that what ended while it
   * was validated opens nothing. Until then it is not closed but refused.
   *
   * @param session as for {@link track}.
   * @param close as for {@link track}; not called before this has resolved.
   * @param credential as for {@link track}.
   * @throws {@link SessionValidationError} if what opens it is over; {@link SessionStoreUnavailableError} if that cannot be
   * known, or the application shuts down. Nothing is tracked then.
   */
  async admit(session: SessionInfo, close: CloseConnection, credential?: string): Promise<TrackedConnection> {
    const signer = this.#signerOf(credential);
    const connection = new OpenConnection(this.#keeper, session, () => undefined, signer);
    if (this.#isOff) return connection;
    if (this.#isShutDown) throw refusalOf('shutdown', session);
    if (signer === null) throw refusalOf('revoked', session);
    this.#keeper.add(connection);
    const failure = await this.#keeper.look(connection);
    if (failure !== undefined) {
      connection.forget();
      throw failure;
    }
    if (connection.ended !== undefined) throw refusalOf(connection.ended, session);
    connection.close = close;
    return connection;
  }

  /**
   * Closes connections: those of a session or of an API token, or all of a user, who may do less now, say. It ends no
   * session.
   *
   * @param target whose.
   * @param reason what the connections are told. Default: `'revoked'`, after which clients do not come again by themselves;
   * with `'expired'` they do, and are judged anew.
   * @returns how many were closed.
   */
  close(target: ConnectionTarget, reason: ConnectionEndReason = 'revoked'): number {
    return this.#keeper.end(this.#keeper.of(target), reason);
  }

  /** @internal The server waits for what is open, so that this has to be closed before. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.#keeper.endAll('shutdown');
  }

  /** `undefined` where no token was given, `null` where none of the keys in use has signed it. */
  #signerOf(credential: string | undefined): string | null | undefined {
    return credential === undefined ? undefined : (this.#watch.signerOf(credential) ?? null);
  }
}

/** What a manager or a verifier of ours tells. Of anybody else's, as a test puts it in their place, tokens speak alone. */
function watchOf(validator: SessionValidator & { watch?: () => CredentialWatch }): CredentialWatch {
  return validator.watch?.() ?? new VouchedCredentials(systemClock);
}
