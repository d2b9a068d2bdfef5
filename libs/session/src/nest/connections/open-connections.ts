import { parseJti } from '../../core/token-codec.js';
import { TokenType } from '../../core/token-type.js';
import { DueTimes } from './due-times.js';
import { Groups } from './groups.js';
import type { OpenConnection } from './open-connection.js';

/** Which connections are meant. */
export type ConnectionTarget =
  | {
      /** Those of a session. */
      readonly sessionId: string;
    }
  | {
      /** Those of an API token, or of the session that a token of that name belongs to. */
      readonly jti: string;
    }
  | {
      /** All of a user's. */
      readonly username: string;
    };

/** The connections that are open: by session, by API token, by user, and by when they are to be looked at. */
export class OpenConnections {
  readonly #bySession = new Groups<string, OpenConnection>();
  readonly #byApiToken = new Groups<string, OpenConnection>();
  readonly #byUser = new Groups<string, OpenConnection>();
  readonly #due = new DueTimes<OpenConnection>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(connection: OpenConnection): void {
    const { session, dueAt } = connection;
    this.#credential(connection).add(nameOf(connection), connection);
    this.#byUser.add(session.username, connection);
    this.#due.add(dueAt, connection);
    this.#size += 1;
  }

  /** To be called once for each that was added. */
  remove(connection: OpenConnection): void {
    const { session, dueAt } = connection;
    this.#credential(connection).remove(nameOf(connection), connection);
    this.#byUser.remove(session.username, connection);
    this.#due.remove(dueAt, connection);
    this.#size -= 1;
  }

  /** Has it looked at another time. */
  postpone(connection: OpenConnection, dueAt: number): void {
    this.#due.remove(connection.dueAt, connection);
    connection.dueAt = dueAt;
    this.#due.add(dueAt, connection);
  }

  /** Those whose time to be looked at has come. */
  due(now: number): OpenConnection[] {
    return this.#due.due(now);
  }

  /** Those that are meant; none where it is not said which. */
  of(target: ConnectionTarget): readonly OpenConnection[] {
    const { sessionId, jti, username } = target as Partial<Record<'sessionId' | 'jti' | 'username', string>>;
    if (sessionId !== undefined) return this.#bySession.of(sessionId);
    if (username !== undefined) return this.#byUser.of(username);
    if (typeof jti !== 'string') return [];
    const id = parseJti(jti)?.id;
    return id === undefined ? this.#byApiToken.of(jti) : this.#bySession.of(id);
  }

  ofSessions(): OpenConnection[] {
    return all(this.#bySession);
  }

  ofApiTokens(): OpenConnection[] {
    return all(this.#byApiToken);
  }

  all(): OpenConnection[] {
    return all(this.#byUser);
  }

  #credential({ session }: OpenConnection): Groups<string, OpenConnection> {
    return session.type === TokenType.Api ? this.#byApiToken : this.#bySession;
  }
}

function nameOf({ session }: OpenConnection): string {
  return session.type === TokenType.Api ? session.jti : session.sessionId;
}

function all(groups: Groups<string, OpenConnection>): OpenConnection[] {
  return [...groups.keys()].flatMap((key) => groups.of(key));
}
