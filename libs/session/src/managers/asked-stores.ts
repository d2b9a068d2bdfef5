import { setImmediate } from 'node:timers/promises';
import type { ApiTokenRecord, ApiTokenStore, SignedApiToken } from '../core/api-token-store.js';
import { CappedLog } from '../util/capped-log.js';
import { SessionStoreUnavailableError } from '../core/errors.js';
import type { SessionLogger } from '../core/logger.js';
import type {
  Absence,
  AccessOptions,
  AmendResult,
  CreateResult,
  CreateRules,
  Page,
  PageRequest,
  RevokeReason,
  RotateResult,
  RotationRequest,
  SessionStore,
  SweepBudget,
} from '../core/session-store.js';
import { isPromise, type MaybePromise } from '../util/maybe-promise.js';
import type { ActiveRecord, Amendment, SessionRecord } from '../core/session.js';
import { printableError } from '../util/text.js';
import { askStore } from './ask-store.js';
import {
  heldAbsence,
  heldAccess,
  heldAmend,
  heldCount,
  heldCreate,
  heldId,
  heldIfThere,
  heldList,
  heldNames,
  heldPage,
  heldPut,
  heldRotate,
  heldSweep,
  heldTokenAccess,
  heldTokenList,
  heldTokenPage,
  heldTokenRevoke,
} from './held-answers.js';

/** A slice of a sweep: short enough that no request waits for it noticeably. */
const SLICE: SweepBudget = Object.freeze({ budgetMs: 1, batchSize: 64 });
/** How many slices in a row may remove nothing and promise more, before that is no sweep any more. */
const EMPTY_SLICES = 10_000;

type Logger = Pick<SessionLogger, 'error'>;

/** Asks one store, and believes no answer that is not one to the question. */
class Asked {
  readonly #log: CappedLog;

  constructor(logger: Logger) {
    this.#log = new CappedLog((line) => logger.error(line));
  }

  /**
   * Answers at once if the store does.
   *
   * @throws SessionStoreUnavailableError if the store breaks, or gives an answer that cannot be held to the question.
   */
  protected ask<T>(
    verb: string,
    question: () => MaybePromise<unknown>,
    hold: (answer: unknown) => T,
  ): MaybePromise<T> {
    try {
      const answer = askStore(question);
      return isPromise(answer) ? this.#heldLater(verb, answer, hold) : this.#held(answer, hold);
    } catch (error) {
      throw this.#told(verb, error);
    }
  }

  /** Asks for an id, which has to be there at once: a promise of one is none, and whether it is kept no longer matters. */
  protected askForId(verb: string, question: () => unknown): string {
    try {
      const answer = askStore(question);
      if (isPromise(answer)) answer.catch(() => undefined);
      return this.#held(answer, heldId);
    } catch (error) {
      throw this.#told(verb, error);
    }
  }

  /**
   * Sweeps all that has expired, slice by slice, and lets requests in between; stops when told to. Answers how much went.
   */
  protected async sweepAll(
    store: Pick<SessionStore, 'sweepExpired'>,
    now: number,
    isOver: () => boolean,
  ): Promise<number> {
    let removed = 0;
    for (let empty = 0; !isOver();) {
      const slice = await this.ask('sweepExpired', () => store.sweepExpired(now, SLICE), heldSweep);
      removed += slice.removed;
      if (!slice.more) return removed;
      empty = slice.removed === 0 ? empty + 1 : 0;
      if (empty === EMPTY_SLICES)
        throw this.#told('sweepExpired', noAnswer(new TypeError('expected an end, got more')));
      await setImmediate();
    }
    return removed;
  }

  async #heldLater<T>(verb: string, answer: Promise<unknown>, hold: (answer: unknown) => T): Promise<T> {
    try {
      return this.#held(await answer, hold);
    } catch (error) {
      throw this.#told(verb, error);
    }
  }

  #held<T>(answer: unknown, hold: (answer: unknown) => T): T {
    try {
      return hold(answer);
    } catch (cause) {
      throw noAnswer(cause);
    }
  }

  /** Writes down what became of the store: whoever gets the 503 is told nothing that an operator could act on. */
  #told(verb: string, error: unknown): unknown {
    const { message, cause } = error as SessionStoreUnavailableError;
    this.#log.note(() => `${message} (${verb})${cause === undefined ? '' : `: ${printableError(cause)}`}`);
    return error;
  }
}

function noAnswer(cause: unknown): SessionStoreUnavailableError {
  return new SessionStoreUnavailableError('The session store did not answer what it was asked', { cause });
}

/** The session store as managers ask it. */
export class AskedSessionStore extends Asked {
  readonly #of: { readonly store: SessionStore };

  /** @param of whose `store` is looked up at each question, since under `no-auth` there is none to be asked. */
  constructor(of: { readonly store: SessionStore; readonly logger: Logger }) {
    super(of.logger);
    this.#of = of;
  }

  create(record: SessionRecord, rules: CreateRules, now: number): MaybePromise<CreateResult> {
    return this.ask(
      'create',
      () => this.#of.store.create(record, rules, now),
      (answer) => heldCreate(answer, record.username),
    );
  }

  access(
    id: string,
    generation: number,
    now: number,
    options?: AccessOptions,
  ): MaybePromise<ActiveRecord | undefined> {
    return this.ask(
      'access',
      () => this.#of.store.access(id, generation, now, options),
      (answer) => heldAccess(answer, id, generation),
    );
  }

  rotate(
    asked: { readonly id: string; readonly username: string },
    request: RotationRequest,
    now: number,
  ): MaybePromise<RotateResult> {
    return this.ask(
      'rotate',
      () => this.#of.store.rotate(asked.id, request, now),
      (answer) => heldRotate(answer, asked, request.from),
    );
  }

  amend(
    id: string,
    amendment: Amendment & { readonly username?: string },
    now: number,
  ): MaybePromise<AmendResult> {
    const { username } = amendment;
    return this.ask(
      'amend',
      () => this.#of.store.amend(id, amendment, now),
      (answer) => heldAmend(answer, { id, username }),
    );
  }

  find(id: string, now: number): MaybePromise<SessionRecord | undefined> {
    return this.ask(
      'find',
      () => this.#of.store.find(id, now),
      (answer) => heldIfThere(answer, { id }),
    );
  }

  revoke(
    id: string,
    reason: RevokeReason,
    owner: { readonly username?: string },
    now: number,
  ): MaybePromise<SessionRecord | undefined> {
    return this.ask(
      'revoke',
      () => this.#of.store.revoke(id, reason, owner, now),
      (answer) => heldIfThere(answer, { id, ...owner }),
    );
  }

  revokeAll(options: { readonly except?: string }, now: number): MaybePromise<number> {
    return this.ask('revokeAll', () => this.#of.store.revokeAll(options, now), heldCount);
  }

  browse(request: PageRequest, now: number): MaybePromise<Page<SessionRecord> | undefined> {
    return this.ask(
      'browse',
      () => this.#of.store.browse(request, now),
      (answer) => heldPage(answer, request.limit),
    );
  }

  /** The id that the store wants a session of that user to have, if it wants any. */
  newId(username: string): string | undefined {
    const { store } = this.#of;
    return store.newId === undefined ? undefined : this.askForId('newId', () => store.newId!(username));
  }

  revokeByUser(username: string, options: { readonly except?: string }, now: number): MaybePromise<string[]> {
    return this.ask(
      'revokeByUser',
      () => this.#of.store.revokeByUser(username, options, now),
      (answer) => heldNames(answer, options.except),
    );
  }

  listByUser(username: string, now: number): MaybePromise<SessionRecord[]> {
    return this.ask(
      'listByUser',
      () => this.#of.store.listByUser(username, now),
      (answer) => heldList(answer, username),
    );
  }

  count(now: number): MaybePromise<number> {
    return this.ask('count', () => this.#of.store.count(now), heldCount);
  }

  /** A word that no store has for it is logged, and as good as none: the refusal stands without a reason. */
  async absence(id: string, generation: number, now: number): Promise<Absence | undefined> {
    const answer: unknown = await askStore(() => this.#of.store.absence(id, generation, now));
    try {
      return await this.ask('absence', () => answer, heldAbsence);
    } catch {
      return undefined;
    }
  }

  sweep(now: number, isOver: () => boolean): Promise<number> {
    return this.sweepAll(this.#of.store, now, isOver);
  }
}

/** The store of API tokens as managers ask it. */
export class AskedApiTokenStore extends Asked {
  readonly #store: ApiTokenStore;

  constructor(store: ApiTokenStore, logger: Logger) {
    super(logger);
    this.#store = store;
  }

  put(record: ApiTokenRecord, now: number): MaybePromise<boolean> {
    return this.ask('put', () => this.#store.put(record, now), heldPut);
  }

  access(jti: string, signed: SignedApiToken, now: number): MaybePromise<ApiTokenRecord | undefined> {
    return this.ask(
      'access',
      () => this.#store.access(jti, signed, now),
      (answer) => heldTokenAccess(answer, jti, signed.username),
    );
  }

  revoke(
    jti: string,
    owner: { readonly username?: string },
    now: number,
  ): MaybePromise<ApiTokenRecord | undefined> {
    return this.ask(
      'revoke',
      () => this.#store.revoke(jti, owner, now),
      (answer) => heldTokenRevoke(answer, jti, owner),
    );
  }

  revokeByUser(username: string, now: number): MaybePromise<string[]> {
    return this.ask(
      'revokeByUser',
      () => this.#store.revokeByUser(username, now),
      (answer) => heldNames(answer),
    );
  }

  revokeAll(now: number): MaybePromise<number> {
    return this.ask('revokeAll', () => this.#store.revokeAll(now), heldCount);
  }

  browse(request: PageRequest, now: number): MaybePromise<Page<ApiTokenRecord> | undefined> {
    return this.ask(
      'browse',
      () => this.#store.browse(request, now),
      (answer) => heldTokenPage(answer, request.limit),
    );
  }

  /** The `jti` that the store wants a token of that user to have, if it wants any. */
  newJti(username: string): string | undefined {
    const store = this.#store;
    return store.newJti === undefined ? undefined : this.askForId('newJti', () => store.newJti!(username));
  }

  listByUser(username: string, now: number): MaybePromise<ApiTokenRecord[]> {
    return this.ask(
      'listByUser',
      () => this.#store.listByUser(username, now),
      (answer) => heldTokenList(answer, username),
    );
  }

  sweep(now: number, isOver: () => boolean): Promise<number> {
    return this.sweepAll(this.#store, now, isOver);
  }
}
