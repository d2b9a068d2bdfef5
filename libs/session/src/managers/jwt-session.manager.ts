import { dirname } from 'node:path';
import {
  resolveExpiration,
  type ApiTokenOptions,
  type CreatedApiToken,
  type ListedApiToken,
} from '../core/api-token.js';
import type { ApiTokenRecord, ApiTokenStore } from '../core/api-token-store.js';
import { MINUTE } from '../util/clock.js';
import { checkDatasets, type DatasetPermissions } from '../core/datasets.js';
import { permissionsNow, type EffectivePermissions } from '../core/effective-permissions.js';
import { AccessTokenNotFoundError, InvalidInputError, SessionStoreUnavailableError } from '../core/errors.js';
import { floorToSecond } from '../core/expiry.js';
import { nearestName, strangersIn } from '../util/given.js';
import { apiTokenInfo } from '../core/session-views.js';
import {
  checkLabel,
  checkUsername,
  isUsername,
  type SessionInfo,
  type SessionRecord,
} from '../core/session.js';
import { describeValue, isPlainText, printable } from '../util/text.js';
import { formatJti, MAX_TOKEN_LENGTH, type ApiTokenClaims, type ApiTokenCodec } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { AskedApiTokenStore } from './asked-stores.js';
import type { Closables } from './close-stores.js';
import { EndsOfAll } from './ends-of-all.js';
import { ownerIn } from './given-options.js';
import { randomId } from './random-id.js';
import { readTokenIfGood } from './read-token.js';
import { SessionManager, type InvalidateOptions, type SessionManagerParts } from './session.manager.js';

/** What a {@link JwtSessionManager} is put together from. */
export interface JwtSessionManagerParts extends SessionManagerParts {
  readonly codec: ApiTokenCodec;
  readonly apiTokens: ApiTokenStore;
  /** Where `apiTokens` keeps them, if that is a file. */
  readonly apiTokenFile?: string;
  /** What owners of API tokens may do; without it, tokens are made with whatever rights are asked for. */
  readonly effectivePermissions?: EffectivePermissions;
}

/**
 * Sessions with JSON Web Tokens (strategy `'jwt'`): a short access token, a rotating refresh token, and long-lived
 * API tokens that may be limited to datasets. All are HS512 JWTs (RFC 7519) of their own `type`.
 * `JWTSessionManager` of the specification.
 */
export class JwtSessionManager extends SessionManager {
  declare protected readonly parts: JwtSessionManagerParts;
  readonly #apiTokens: AskedApiTokenStore;
  readonly #ends = new EndsOfAll();

  /** @internal `createSessionManager` puts the parts together, once it has checked the options. */
  constructor(parts: JwtSessionManagerParts) {
    super(parts);
    this.#apiTokens = new AskedApiTokenStore(parts.apiTokens, parts.logger);
  }

  /** How many seconds a refresh token lives, as the option says. `refresh_timeout` of the specification. */
  get refreshTimeout(): number {
    // The policy of this strategy has one; those of the others have none.
    return this.parts.policy.refreshTimeout!;
  }

  /**
   * The full path of the file in which API tokens are registered; `undefined` when they are kept elsewhere.
   * `api_token_file` of the specification.
   */
  get apiTokenFile(): string | undefined {
    return this.parts.apiTokenFile;
  }

  /** The folder of {@link apiTokenFile}; `undefined` where there is no such file. `api_token_dir` of the specification. */
  get apiTokenDir(): string | undefined {
    const { apiTokenFile } = this;
    return apiTokenFile === undefined ? undefined : dirname(apiTokenFile);
  }

  /**
   * Makes an API token and registers it; it is handed out this once. `create_api_token` of the specification.
   *
   * @param username whose it is; 1 to 256 characters without control characters and lone surrogates.
   * @param options its expiration, its rights and a label. A member given as `undefined` counts as left out, as the
   * optional members of a request's body do: check `datasets` before, where to have none must not mean to have all.
   * @throws {@link InvalidInputError} for a username, datasets or a label that cannot be kept, a token over 8 KiB, or
   * rights that the owner lacks now.
   * @throws {@link InvalidExpirationError} for an expiration that is not a moment within the next ten years.
   * @throws {@link SessionValidationError} if all of the user's API tokens were ended while this one was being made.
   * Nothing is stored in any of these cases.
   */
  override async createApiToken(username: string, options: ApiTokenOptions = {}): Promise<CreatedApiToken> {
    const now = this.now();
    const { doubt, settled } = this.time;
    const owner = checkUsername(username);
    const begun = this.#ends.begin(owner, settled);
    checkNames(options);
    const label = checkLabel(options.label);
    const expiresAt = resolveExpiration(options.expiration, now);
    const datasets = options.datasets === undefined ? undefined : checkDatasets(options.datasets);
    const jti = this.#apiTokens.newJti(owner) ?? randomId();
    const issuedAt = floorToSecond(now);
    const token = this.parts.codec.issueApiToken({
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
    if (!(await this.#apiTokens.put(record, begun))) {
      throw new AccessTokenNotFoundError(
        'All API tokens of the user were ended while this one was being made',
        { reason: 'revoked' },
      );
    }
    await this.#refuseLate(jti, now);
    doubt?.note(() => this.endOrReport(() => this.#apiTokens.revoke(jti, {}, now)));
    return Object.freeze({ token, jti, expiresAt: new Date(expiresAt) });
  }

  /**
   * Ends an API token, an expired one too while the clean-up has not dropped it. `invalidate_api_token` of the
   * specification.
   *
   * @param target the token, or its `{ jti }`.
   * @param options whose it has to be. A `username` that is given and is no user name, `undefined` among them, is
   * nobody's: then none ends.
   * @returns whether one ended; a token of another type, an unknown or a malformed one is `false`, never thrown.
   */
  override async invalidateApiToken(
    target: string | { readonly jti: string },
    options: InvalidateOptions = {},
  ): Promise<boolean> {
    const jti = this.#jtiOf(target);
    const owner = ownerIn(options);
    if (jti === undefined || owner === undefined) return false;
    return (await this.#apiTokens.revoke(jti, owner, this.now())) !== undefined;
  }

  /** A user's unexpired API tokens, the oldest first. Never a token itself. */
  override async listApiTokens(username: string): Promise<ListedApiToken[]> {
    if (!isUsername(username)) return [];
    const now = this.now();
    return (await this.#apiTokens.listByUser(username, now)).map(listedApiToken);
  }

  /**
   * Frees what has expired, sessions and API tokens, in slices that let requests in between.
   *
   * @returns how many sessions went; API tokens are not counted.
   */
  override async cleanupExpiredSessions(): Promise<number> {
    try {
      return await super.cleanupExpiredSessions();
    } finally {
      await this.sweep(this.#apiTokens);
    }
  }

  protected override closables(): Closables {
    return { ...super.closables(), 'store of API tokens': this.parts.apiTokens };
  }

  protected override handleOf(record: SessionRecord): string {
    return formatJti(record.id, TokenType.Access, record.generation);
  }

  protected override async admitApiToken(claims: ApiTokenClaims, now: number): Promise<SessionInfo> {
    const { jti, username, times } = claims;
    const record = await this.#apiTokens.access(jti, { username, issuedAt: times.issuedAt }, now);
    if (record === undefined) throw new AccessTokenNotFoundError('The API token is not registered');
    return apiTokenInfo(claims, record, now);
  }

  protected override async endApiTokens(username: string): Promise<number> {
    this.now();
    const end = (at: number) => this.#apiTokens.revokeByUser(username, at);
    return (await this.#ends.run(username, this.time.settled, end)).length;
  }

  /**
   * An end of all that came more than a minute after the beginning looks to a store as if a clock that was ahead had
   * dated it, and refuses nothing.
   */
  async #refuseLate(jti: string, begun: number): Promise<void> {
    const now = this.now();
    if (now - begun <= MINUTE) return;
    await this.#apiTokens.revoke(jti, {}, now);
    throw new SessionStoreUnavailableError('An API token took more than a minute to be made');
  }

  /** Rights that the owner lacks would lie dormant in the token, and wake when the owner is promoted. */
  async #checkHeld(owner: string, datasets: DatasetPermissions): Promise<void> {
    const { effectivePermissions } = this.parts;
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

  #jtiOf(target: string | { readonly jti: string } | undefined): string | undefined {
    if (typeof target === 'string') {
      const claims = readTokenIfGood(this.parts.codec, target);
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
  if (typeof options !== 'object' || options === null) {
    throw new InvalidInputError(`options: expected an object, got ${describeValue(options)}`);
  }
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
