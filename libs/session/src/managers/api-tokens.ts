import {
  resolveExpiration,
  type ApiTokenOptions,
  type CreatedApiToken,
  type ListedApiToken,
} from '../core/api-token.js';
import type { ApiTokenRecord, ApiTokenStore } from '../core/api-token-store.js';
import { checkDatasets, type DatasetPermissions } from '../core/datasets.js';
import { permissionsNow, type EffectivePermissions } from '../core/effective-permissions.js';
import { AccessTokenNotFoundError, InvalidInputError, SessionStoreUnavailableError } from '../core/errors.js';
import type { SessionEventBus } from '../core/events.js';
import { floorToSecond } from '../core/expiry.js';
import type { SessionLogger } from '../core/logger.js';
import { usableNow, type ManagerTime } from '../core/manager-time.js';
import { checkLabel, checkUsername, isUsername, type ApiTokenInfo } from '../core/session.js';
import { MAX_TOKEN_LENGTH, type ApiTokenClaims, type ApiTokenCodec } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { MINUTE } from '../util/clock.js';
import { nearestName, strangersIn } from '../util/given.js';
import { Listeners } from '../util/listeners.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { isPlainText, printable } from '../util/text.js';
import { admitApiToken } from './admission.js';
import { AskedApiTokenStore } from './asked-stores.js';
import { endMisdated } from './end-misdated.js';
import { EndsOfAll } from './ends-of-all.js';
import { checkObject, noSuchPage, ownerIn, pageIn } from './given-options.js';
import type { BrowsedApiTokens, BrowseOptions, InvalidateOptions } from './manager-types.js';
import { randomId } from './random-id.js';
import { readTokenIfGood } from './read-token.js';
import { sweepWhenCertain } from './sweep-when-certain.js';

/** What makes API tokens, and where they are registered. */
export interface ApiTokenParts {
  readonly codec: ApiTokenCodec;
  readonly store: ApiTokenStore;
  /** What owners of API tokens may do; without it, tokens are made with whatever rights are asked for. */
  readonly effectivePermissions?: EffectivePermissions;
}

/** The API tokens of a manager. What making, ending and listing promise is told at the manager's own methods. */
export class ApiTokens {
  readonly #parts: ApiTokenParts;
  readonly #time: ManagerTime;
  readonly #logger: SessionLogger;
  readonly #bus: SessionEventBus;
  readonly #endsOfUsers = new Listeners<string>();
  readonly #store: AskedApiTokenStore;
  readonly #ends = new EndsOfAll();
  #isClosed = false;

  constructor(parts: ApiTokenParts, time: ManagerTime, logger: SessionLogger, bus: SessionEventBus) {
    this.#parts = parts;
    this.#time = time;
    this.#logger = logger;
    this.#bus = bus;
    this.#store = new AskedApiTokenStore(parts.store, logger);
  }

  /** Makes one and registers it: `createApiToken`. */
  async mint(username: string, options: ApiTokenOptions = {}): Promise<CreatedApiToken> {
    const now = this.#now();
    const { doubt, settled } = this.#time;
    const owner = checkUsername(username);
    const begun = this.#ends.begin(owner, settled);
    checkNames(options);
    const label = checkLabel(options.label);
    const expiresAt = resolveExpiration(options.expiration, now);
    const datasets = options.datasets === undefined ? undefined : checkDatasets(options.datasets);
    const jti = this.#store.newJti(owner) ?? randomId();
    const issuedAt = floorToSecond(now);
    const token = this.#parts.codec.issueApiToken({
      jti,
      username: owner,
      times: { issuedAt, expiresAt },
      datasets,
    });
    if (token.length > MAX_TOKEN_LENGTH) {
      throw new InvalidInputError(
        `datasets: expected to fit into a token of ${MAX_TOKEN_LENGTH} characters, got ${token.length}`,
      );
    }
    if (datasets !== undefined) await this.#checkHeld(owner, datasets);
    const record = { jti, username: owner, issuedAt, expiresAt, ...(label !== undefined && { label }) };
    if (!(await this.#store.put(record, begun))) {
      throw new AccessTokenNotFoundError(
        'All API tokens of the user were ended while this one was being made',
        { reason: 'revoked' },
      );
    }
    await this.#refuseLate(jti, now);
    doubt?.note(() => endMisdated(() => this.#end(jti, {}, now), this.#logger));
    this.#bus.emit({
      type: 'api-token-created',
      at: now,
      username: owner,
      jti,
      ...(label !== undefined && { label }),
    });
    return Object.freeze({ token, jti, expiresAt: new Date(expiresAt) });
  }

  /** Ends one, and answers whether it did: `invalidateApiToken`. */
  async end(target: string | { readonly jti: string }, options: InvalidateOptions = {}): Promise<boolean> {
    const jti = this.#jtiOf(target);
    const owner = ownerIn(options);
    if (jti === undefined || owner === undefined) return false;
    return (await this.#end(jti, owner, this.#now())) !== undefined;
  }

  /** Ends all of a user's and answers how many; those whose making has begun are then refused. */
  async endAll(username: string): Promise<number> {
    const now = this.#now();
    const end = (at: number) => this.#store.revokeByUser(username, at);
    const jtis = await this.#ends.run(username, this.#time.settled, end);
    for (const jti of jtis) this.#bus.emit({ type: 'api-token-ended', at: now, username, jti });
    this.#endsOfUsers.tell(username);
    return jtis.length;
  }

  /** Ends everybody's and answers how many; those whose making has begun are then refused. */
  async endEverybodys(): Promise<number> {
    const now = this.#now();
    const count = await this.#ends.run(undefined, this.#time.settled, (at) => this.#store.revokeAll(at));
    this.#bus.emit({ type: 'api-tokens-ended-all', at: now, count });
    return count;
  }

  /** Calls `listener` with whoever's tokens were all ended: those without an owner on record were, and have no event. */
  onEndOfUsers(listener: (username: string) => void): () => void {
    return this.#endsOfUsers.add(listener);
  }

  /** A page of everybody's: `browseApiTokens`. */
  async browse(options: BrowseOptions = {}): Promise<BrowsedApiTokens> {
    const page = await this.#store.browse(pageIn(options), this.#now());
    if (page === undefined) throw noSuchPage();
    const { records, next } = page;
    return {
      apiTokens: records.map((record) => ({
        ...listedApiToken(record),
        ...(record.username !== undefined && { username: record.username }),
      })),
      ...(next !== undefined && { next }),
    };
  }

  /** A user's unexpired ones: `listApiTokens`. */
  async list(username: string): Promise<ListedApiToken[]> {
    if (!isUsername(username)) return [];
    return (await this.#store.listByUser(username, this.#now())).map(listedApiToken);
  }

  /** What a genuine, unexpired one says, if it is registered. Answers at once if the store does. */
  admit(claims: ApiTokenClaims, now: number): MaybePromise<ApiTokenInfo> {
    return admitApiToken(this.#store, claims, now);
  }

  /** Frees what has expired, until this is closed. */
  async sweep(): Promise<void> {
    await sweepWhenCertain(this.#store, this.#time, () => this.#isClosed);
  }

  /** Lets go of the store. */
  close(): MaybePromise<void> {
    this.#isClosed = true;
    return this.#parts.store.close();
  }

  /** Epoch milliseconds. Reads the clock, and with it what is to be thought of it. */
  #now(): number {
    return usableNow(this.#time);
  }

  /**
   * An end of all that came more than a minute after the beginning looks to a store as if a clock that was ahead had
   * dated it, and refuses nothing.
   */
  async #refuseLate(jti: string, begun: number): Promise<void> {
    const now = this.#now();
    if (now - begun <= MINUTE) return;
    await this.#end(jti, {}, now);
    throw new SessionStoreUnavailableError('An API token took more than a minute to be made');
  }

  /** Rights that the owner lacks would lie dormant in the token, and wake when the owner is promoted. */
  async #checkHeld(owner: string, datasets: DatasetPermissions): Promise<void> {
    const { effectivePermissions } = this.#parts;
    if (effectivePermissions === undefined) return;
    for (const [name, permissions] of Object.entries(datasets)) {
      const held = await permissionsNow(effectivePermissions, owner, name);
      const lacking = permissions.find((permission) => !held.includes(permission));
      if (lacking === undefined) continue;
      throw new InvalidInputError(
        `datasets: expected rights that the owner has, got "${lacking}" on "${printable(name)}"`,
      );
    }
  }

  async #end(
    jti: string,
    owner: { readonly username?: string },
    now: number,
  ): Promise<ApiTokenRecord | undefined> {
    const ended = await this.#store.revoke(jti, owner, now);
    if (ended === undefined) return undefined;
    const { username, label } = ended;
    this.#bus.emit({
      type: 'api-token-ended',
      at: now,
      jti,
      ...(username !== undefined && { username }),
      ...(label !== undefined && { label }),
    });
    return ended;
  }

  #jtiOf(target: string | { readonly jti: string } | undefined): string | undefined {
    if (typeof target === 'string') {
      const claims = readTokenIfGood(this.#parts.codec, target);
      return claims?.type === TokenType.Api ? claims.jti : undefined;
    }
    return isPlainText(target?.jti, MAX_TOKEN_LENGTH) ? target.jti : undefined;
  }
}

const OPTIONS: ReadonlySet<string> = new Set([
  'expiration',
  'datasets',
  'label',
] satisfies (keyof ApiTokenOptions)[]);

/** A name that is mistyped must not make a token that is restricted to nothing an unrestricted one. */
function checkNames(options: unknown): void {
  checkObject(options);
  for (const name of strangersIn(options, OPTIONS)) {
    const meant = nearestName(name, OPTIONS);
    if (meant === undefined) continue;
    throw new InvalidInputError(
      `options: expected ${[...OPTIONS].join(', ')}, got "${printable(name)}"; did you mean ${meant}?`,
    );
  }
}

function listedApiToken(record: ApiTokenRecord): ListedApiToken {
  return {
    jti: record.jti,
    ...(record.label !== undefined && { label: record.label }),
    createdAt: new Date(record.issuedAt ?? record.expiresAt),
    ...(record.lastAccessed !== undefined && { lastAccessed: new Date(record.lastAccessed) }),
    expiresAt: new Date(record.expiresAt),
  };
}
