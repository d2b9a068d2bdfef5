import { setImmediate } from 'node:timers/promises';
import type { CredentialEnd, CredentialStanding, CredentialWatch } from '../../core/credential-watch.js';
import { isRefusal } from '../../core/error-brand.js';
import type { SessionInfo } from '../../core/session.js';
import { endsWithin } from '../../util/closing.js';
import { SECOND } from '../../util/clock.js';
import { resolvedUser } from '../resolved-user.js';
import type { OpenConnection } from './open-connection.js';

/** So many are asked for together, and others have their turn in between. */
const AT_ONCE = 64;
/** So long these are waited for, in milliseconds, before the next ones are asked for. */
const PATIENCE = SECOND;

/** How a credential stands that is not over. */
export type Found = Extract<CredentialStanding, { until: number }>;

/** Who is told what looks find. */
interface Keeper {
  stands(connection: OpenConnection, found: Found): void;
  isOver(connection: OpenConnection, reason: CredentialEnd | 'unknown'): void;
  isUnknown(connection: OpenConnection): void;
}

/** Looks after connections: how what opened them stands, and whether its user is still one. */
export class Looks {
  readonly #watch: CredentialWatch;
  readonly #resolveUser: ((session: SessionInfo) => unknown) | undefined;
  readonly #keeper: Keeper;
  readonly #waiting = new Set<OpenConnection>();
  readonly #underWay = new Map<OpenConnection, Promise<Error | undefined>>();
  #isAtWork = false;

  constructor(
    watch: CredentialWatch,
    resolveUser: ((session: SessionInfo) => unknown) | undefined,
    keeper: Keeper,
  ) {
    this.#watch = watch;
    this.#resolveUser = resolveUser;
    this.#keeper = keeper;
  }

  /** Has them looked after, some at a time; where nobody can tell how those stand, it is not known of the others either. */
  add(connections: Iterable<OpenConnection>): void {
    for (const connection of connections) this.#waiting.add(connection);
    if (!this.#isAtWork) void this.#work();
  }

  /** The same, for what has changed just now: an answer that is on its way may be older. */
  addAnew(connections: Iterable<OpenConnection>): void {
    for (const connection of connections) {
      const asked = this.#underWay.get(connection);
      if (asked === undefined) this.add([connection]);
      else void asked.then(() => this.add([connection]));
    }
  }

  /** Looks after one at once. Resolves to why it cannot be known how it stands, and else to `undefined`. */
  at(connection: OpenConnection): Promise<Error | undefined> {
    return this.#once(connection, async () => {
      const found = await this.#watch.look(connection.session);
      if (found.over === undefined && this.#resolveUser !== undefined)
        await resolvedUser(this.#resolveUser, found.session);
      return found;
    });
  }

  /** The same, where its user was resolved just now. */
  atFirst(connection: OpenConnection): Promise<Error | undefined> {
    return this.#once(connection, () => this.#watch.look(connection.session));
  }

  /** Notes a use of one. */
  use(connection: OpenConnection): Promise<Error | undefined> {
    return this.#once(connection, () => this.#watch.use(connection.session));
  }

  /** It is over; an answer that never comes must not keep it. */
  forget(connection: OpenConnection): void {
    this.#waiting.delete(connection);
    this.#underWay.delete(connection);
  }

  async #work(): Promise<void> {
    this.#isAtWork = true;
    while (this.#waiting.size > 0) {
      const some = [...this.#waiting].slice(0, AT_ONCE);
      for (const connection of some) this.#waiting.delete(connection);
      if (!(await this.#anyKnown(some))) this.#giveUp();
      await setImmediate();
    }
    this.#isAtWork = false;
  }

  async #anyKnown(connections: readonly OpenConnection[]): Promise<boolean> {
    const unanswered = new Set(connections);
    let known = 0;
    const looks = connections.map(async (connection) => {
      if ((await this.at(connection)) === undefined) known += 1;
      unanswered.delete(connection);
    });
    await endsWithin(PATIENCE, () => Promise.all(looks));
    for (const connection of unanswered) this.#keeper.isUnknown(connection);
    return known > 0;
  }

  #giveUp(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const connection of waiting) this.#keeper.isUnknown(connection);
  }

  /** One question for each at a time: whoever asks meanwhile gets the answer to that. */
  #once(connection: OpenConnection, ask: () => unknown): Promise<Error | undefined> {
    const asked = this.#underWay.get(connection);
    if (asked !== undefined) return asked;
    const asking = this.#ask(connection, ask as () => Promise<CredentialStanding>);
    this.#underWay.set(connection, asking);
    return asking;
  }

  async #ask(connection: OpenConnection, ask: () => Promise<CredentialStanding>): Promise<Error | undefined> {
    try {
      const found = await ask();
      if (found.over === undefined) this.#keeper.stands(connection, found);
      else this.#keeper.isOver(connection, found.over);
      return undefined;
    } catch (error) {
      if (!isNobodys(error)) {
        this.#keeper.isUnknown(connection);
        return error as Error;
      }
      this.#keeper.isOver(connection, 'revoked');
      return undefined;
    } finally {
      this.#underWay.delete(connection);
    }
  }
}

/** Whether `resolveUser` has refused: it knows no such user, or throws an exception of HTTP that blames the client. */
function isNobodys(error: unknown): boolean {
  if (isRefusal(error)) return true;
  const { getStatus } = (error ?? {}) as { readonly getStatus?: () => unknown };
  if (typeof getStatus !== 'function') return false;
  const status = getStatus.call(error);
  return typeof status === 'number' && status < 500;
}
