import { WrongTokenTypeError } from '../../core/errors.js';
import type { SessionInfo } from '../../core/session.js';
import { TokenType } from '../../core/token-type.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { ConnectionEnd, ConnectionEndReason } from './connection-end.js';

/** Closes a connection; called once at most. What it answers is ignored, and what it throws is logged. */
export type CloseConnection = (end: ConnectionEnd) => unknown;

/** A connection that closes when what opened it ends. */
export interface TrackedConnection {
  /** Whether it has neither been closed nor forgotten. */
  readonly isOpen: boolean;
  /** To be called when it has closed by itself; a second time there is nothing left to do. */
  forget(): void;
  /**
   * Lets a message in: the connection is open, its end has not come, and its type of token is accepted. Asks no store,
   * but where the end has come, whether it was renewed meanwhile; and notes a use where that puts off the end, at most ten
   * times within `idleTimeout`.
   *
   * @param accept the types of tokens whose connections may send it. Default: access tokens alone.
   * @returns nothing, or a promise where a store is asked.
   * @throws SessionValidationError if it must not be let in; SessionStoreUnavailableError where that cannot be known.
   */
  admitMessage(accept?: readonly TokenType[]): MaybePromise<void>;
}

const ACCESS_ALONE: readonly TokenType[] = [TokenType.Access];

/** Who keeps connections. */
interface Keeper {
  forget(connection: OpenConnection): void;
  admitMessage(connection: OpenConnection): MaybePromise<void>;
}

/** A connection, and what is known of the credential that opened it. There are many of them: it holds no more than it must. */
export class OpenConnection implements TrackedConnection {
  /** What the credential said when it opened this. */
  readonly session: SessionInfo;
  /** The name of the key that had signed it: `undefined` where nobody told, `null` where it is no key in use. */
  readonly signer: string | null | undefined;
  readonly #keeper: Keeper;
  close: CloseConnection;
  /** When the credential ends, as was last seen; epoch milliseconds. */
  until: number;
  /** When it is to be looked at. */
  dueAt: number;
  /** From when on a message counts as a use. */
  useFrom: number | undefined;
  /** Since when nobody can tell how it stands. */
  unknownSince: number | undefined;
  /** Why it was closed, or that it closed by itself. */
  ended: ConnectionEndReason | 'forgotten' | undefined;
  /** Whether it is among those that are looked after. */
  isKept = false;

  constructor(keeper: Keeper, session: SessionInfo, close: CloseConnection, signer?: string | null) {
    this.#keeper = keeper;
    this.session = session;
    this.close = close;
    this.signer = signer;
    this.until = this.dueAt = session.expiresAt.getTime();
    this.useFrom = this.unknownSince = this.ended = undefined;
  }

  get isOpen(): boolean {
    return this.ended === undefined;
  }

  forget(): void {
    this.#keeper.forget(this);
  }

  admitMessage(accept: readonly TokenType[] = ACCESS_ALONE): MaybePromise<void> {
    const { type } = this.session;
    if (accept.includes(type)) return this.#keeper.admitMessage(this);
    throw new WrongTokenTypeError(
      `Expected a connection of a token of type ${accept.join(' or ') || 'none'}, got ${type}`,
    );
  }
}
