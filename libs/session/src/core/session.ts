import type { DatasetPermissions } from './datasets.js';
import { InvalidInputError } from './errors.js';
import { describeValue, isPlainText } from '../util/text.js';
import type { TokenType } from './token-type.js';

/** Anything flat that helps a person to recognise a session in a list; 2 KiB in all. */
export interface SessionDetails {
  /** The client's `User-Agent`. */
  readonly userAgent?: string;
  /** The client's address. */
  readonly ip?: string;
  /** What the user calls it. */
  readonly label?: string;
  /** Keys of your own. */
  readonly [key: string]: string | undefined;
}

/**
 * All that is kept of a session. Times are epoch milliseconds on whole seconds.
 *
 * Tokens are not kept: each is derived from the record, and names `(id, generation, type)`. Generation counts
 * refreshes, so an older one presented again is recognised without any list of used tokens.
 */
export interface SessionRecord {
  /** 128 random bits, base64url; stable for the life of the session, loggable, and no credential. */
  readonly id: string;
  /** Whose session it is. */
  readonly username: string;
  /** How often it was refreshed. */
  readonly generation: number;
  /** When the session began. */
  readonly createdAt: number;
  /** When its present tokens were issued: the last refresh, or the beginning. */
  readonly issuedAt: number;
  /** When a token of it was last used. */
  readonly lastAccessed: number;
  /** The expiry that the access token carries. */
  readonly expiresAt: number;
  /** Until when the session is active, unless it falls idle before: `expiresAt` and the leeway. */
  readonly activeUntil: number;
  /** The expiry that the refresh token carries, where the strategy has one. */
  readonly refreshExpiresAt?: number;
  /** Until when it can be refreshed, listed and revoked, unless it falls idle before; never before `activeUntil`. */
  readonly renewableUntil: number;
  /** Until when `generation - 1` is still honoured; absent when it is not. */
  readonly previousUntil?: number;
  /** The absolute end, written at create: nothing moves the other times beyond it. Absent where there is none. */
  readonly endsAt?: number;
  /** Milliseconds without an access after which the session is over; written at create. */
  readonly idleTimeout?: number;
  /** Milliseconds from an access to which that access moves the expiry on; written at create. */
  readonly slideBy?: number;
  /** Names the refresh that led to this generation, so that a repeated one gets the same answer. */
  readonly attempt?: string;
  /** What the login gave to recognise it by. */
  readonly details?: SessionDetails;
  /** When the user last proved who they are; absent where nobody said so, which means at the login. */
  readonly authenticatedAt?: number;
  /** The generation that this proof began; absent with {@link authenticatedAt}. */
  readonly authenticatedIn?: number;
  /** The class of that proof: one word, as an identity provider's `acr` (OpenID Connect Core §2). */
  readonly acr?: string;
  /** The methods of that proof (RFC 8176): up to eight words. */
  readonly amr?: readonly string[];
  /** What the application keeps with the session: flat JSON, 2 KiB in all. */
  readonly claims?: SessionData;
  /** Who acts in the user's name, if somebody does (RFC 8693 §4.1). */
  readonly actor?: string;
  /** The thumbprint of the key that the client has to prove it holds (RFC 7638). */
  readonly boundTo?: string;
}

/** The members that every store has a place for. */
const WITH_A_PLACE: ReadonlySet<string> = new Set([
  'id',
  'username',
  'generation',
  'createdAt',
  'issuedAt',
  'lastAccessed',
  'expiresAt',
  'activeUntil',
  'refreshExpiresAt',
  'renewableUntil',
  'previousUntil',
  'endsAt',
  'idleTimeout',
  'slideBy',
  'attempt',
  'details',
] satisfies (keyof SessionRecord)[]);

/** Whether a member is one that few records have, or that a later version has added: stores keep it as it came. */
export function isFurtherMember(name: string): boolean {
  return !WITH_A_PLACE.has(name);
}

/** What the hot path reads of a record: all but what only lists and refreshes look at, up to 2 KiB of it. */
export type ActiveRecord = Omit<SessionRecord, 'details' | 'attempt'>;

/** Flat JSON: by name a text, a number, `true` or `false`. */
export type SessionData = Readonly<Record<string, string | number | boolean>>;

/** Changes to such members, key by key: `null` takes one away, a key that is not named stays. */
export interface Amendment {
  /** To {@link SessionRecord.details}. */
  readonly details?: Readonly<Record<string, string | null>>;
  /** To {@link SessionRecord.claims}. */
  readonly claims?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The highest generation that a token can name (24 bits); a session refreshed that often simply runs out. */
export const MAX_GENERATION = 0xffffff;

/** What login and refresh hand out: one shape under every strategy, so that a controller survives a change. */
export interface SessionTokens {
  /** What the client sends with every request. */
  readonly accessToken: string;
  /** Under `jwt` only; elsewhere the access token renews itself. */
  readonly refreshToken?: string;
  /** How it is sent: `Authorization: Bearer …` (RFC 6750 §2.1). */
  readonly tokenType: 'Bearer';
  /** Names the session in lists and logs; stable across refreshes, and no credential. */
  readonly sessionId: string;
  /** Seconds until `expiresAt`, rounded down; exactly the time-out when fresh. */
  readonly expiresIn: number;
  /** When the access token expires. */
  readonly expiresAt: Date;
  /** When the refresh token expires, where there is one. */
  readonly refreshExpiresAt?: Date;
  /** There where each access moves `expiresAt` on. */
  readonly sliding?: {
    /** The absolute end, beyond which none moves it; absent where there is none. */
    readonly until?: Date;
  };
  /** Whether an existing session's tokens came back instead of a new session's. */
  readonly reused: boolean;
  /** Ids of the sessions that had to go for this one. */
  readonly evicted: readonly string[];
}

/** What a valid token of any type says. */
export interface TokenInfo {
  /** Whose token it is. */
  readonly username: string;
  /** The token's own identifier; names a token, and is no credential. */
  readonly jti: string;
  /** When this token was issued. */
  readonly issuedAt: Date;
  /** When its session began; for an API token, when it was issued. */
  readonly createdAt: Date;
  /** When it, or another token of its session, was last used, to the second. */
  readonly lastAccessed: Date;
  /** When it expires; the leeway not counted. */
  readonly expiresAt: Date;
  /** The `iss` of a JWT. */
  readonly issuer?: string;
  /** The `aud` of a JWT. */
  readonly audience?: string;
}

/** What a valid token of a session says: what `@CurrentSession()` gives on a route that takes no API tokens. */
export interface SessionTokenInfo extends TokenInfo {
  /** Access, unless refresh tokens were asked for. */
  readonly type: typeof TokenType.Access | typeof TokenType.Refresh;
  /** Which session. */
  readonly sessionId: string;
  /** When the user last proved who they are; present where the login said so, and else that is `createdAt`. */
  readonly authenticatedAt?: Date;
}

/** What a valid API token says; it belongs to no session. */
export interface ApiTokenInfo extends TokenInfo {
  /** Always api. */
  readonly type: typeof TokenType.Api;
  /** What its owner called it. */
  readonly label?: string;
  /** The rights by dataset; absent means unrestricted, `{}` means none. */
  readonly datasets?: DatasetPermissions;
}

/** What a valid token says, as a frozen plain object; `type` tells which of the two it is. */
export type SessionInfo = SessionTokenInfo | ApiTokenInfo;

/** One line of a user's list of sessions; holds nothing that logs in. */
export interface ListedSession {
  /** Names it in `invalidateSession({ sessionId })`; no credential. */
  readonly sessionId: string;
  /** When it began. */
  readonly createdAt: Date;
  /** When the user last proved who they are, to the second; the login, unless it said otherwise. */
  readonly authenticatedAt: Date;
  /** When its present tokens were issued: the last refresh, or the beginning. */
  readonly issuedAt: Date;
  /** When a token of it was last used, to the second. */
  readonly lastAccessed: Date;
  /** When its access token expires; the leeway not counted. */
  readonly expiresAt: Date;
  /** When its refresh token expires, where there is one. */
  readonly refreshExpiresAt?: Date;
  /** Whether its access token is valid; `false` means that a refresh would revive it. */
  readonly active: boolean;
  /** As its login gave them. */
  readonly details?: SessionDetails;
}

/** What a login knows of how the user proved who they are, from an identity provider, say. */
export interface Authentication {
  /** When that was; kept to the second. Default: the login. */
  readonly authenticatedAt?: Date;
  /** The authentication context class (OpenID Connect Core §2): one word of up to 64 of letters, digits, `_:./-`. */
  readonly acr?: string;
  /** The authentication methods (RFC 8176): up to 8 such words. */
  readonly amr?: readonly string[];
}

const MAX_NAME_LENGTH = 256;
/** How many bytes of names and values a session's details may come to, and its claims likewise. */
export const MAX_CARRIED_BYTES = 2048;

/** Whether a value can be a username: 1 to 256 characters, no control characters, no lone surrogates. */
export function isUsername(value: unknown): value is string {
  return isPlainText(value, MAX_NAME_LENGTH);
}

/** @throws InvalidInputError unless {@link isUsername}. */
export function checkUsername(given: unknown): string {
  return checkName('username', given);
}

/** @throws InvalidInputError unless absent or 1 to 256 characters without control characters and lone surrogates. */
export function checkLabel(given: unknown): string | undefined {
  return given === undefined ? undefined : checkName('label', given);
}

function checkName(argument: string, given: unknown): string {
  if (isPlainText(given, MAX_NAME_LENGTH)) return given;
  throw new InvalidInputError(
    `${argument}: expected 1 to ${MAX_NAME_LENGTH} characters without control characters and lone surrogates, ` +
      `got ${describeValue(given)}`,
  );
}

/**
 * A frozen copy of the details given, members of value `undefined` left out.
 *
 * @throws InvalidInputError unless they are flat strings of at most 2 KiB in all.
 */
export function checkDetails(given: unknown): SessionDetails | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError(`details: expected an object of strings, got ${describeValue(given)}`);
  }
  const details = Object.create(null) as Record<string, string>;
  let bytes = 0;
  for (const [key, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    if (typeof value !== 'string') {
      throw new InvalidInputError(`details: expected flat strings, got ${describeValue(value)} among them`);
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    if (bytes > MAX_CARRIED_BYTES) {
      throw new InvalidInputError(`details: expected at most ${MAX_CARRIED_BYTES} bytes in all, got more`);
    }
    details[key] = value;
  }
  return bytes === 0 ? undefined : Object.freeze(details);
}
