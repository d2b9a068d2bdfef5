import type { ApiTokenRecord } from '../core/api-token-store.js';
import type {
  Absence,
  AmendResult,
  CreateResult,
  EvictedSession,
  Page,
  RotateResult,
  SweepResult,
} from '../core/session-store.js';
import type { ActiveRecord, SessionRecord } from '../core/session.js';
import { describeValue } from '../util/text.js';

/**
 * What a store answered, held to what it was asked: one function for each answer of the two ports. A driver whose
 * replies have crossed hands out somebody else's record, and whoever believes it lets Alice in as Bob.
 *
 * Each returns the answer or throws, in words that hold nothing of it but its kind. Whether a record says the same as
 * the token that named it is not judged here: that is a matter of the token.
 */

/** `create`, for a user: an existing session is that user's. */
export function heldCreate(answer: unknown, username: string): CreateResult {
  const { outcome, record, evicted } = membersOf(answer);
  if (outcome === 'created' && isListOf(isEvicted, evicted)) return answer as CreateResult;
  if (outcome === 'limit-reached') return heldLimit(answer);
  if (outcome !== 'existing') throw noSuch('an outcome of create', answer);
  heldSession(record, { username });
  return answer as CreateResult;
}

/** `access`: that session, of that generation or the one after it. */
export function heldAccess(answer: unknown, id: string, generation: number): ActiveRecord | undefined {
  if (answer === undefined) return undefined;
  const record = heldSession(answer, { id });
  const ahead = record.generation - generation;
  if (ahead === 0 || ahead === 1) return record;
  throw wrong('that generation or the next', 'another');
}

/** `rotate`, from a generation: that user's session, one generation on, or further on already. */
export function heldRotate(
  answer: unknown,
  asked: { readonly id: string; readonly username: string },
  from: number,
): RotateResult {
  const { outcome, record, evicted } = membersOf(answer);
  if (outcome === 'gone') return answer as RotateResult;
  if (outcome === 'limit-reached') return heldLimit(answer);
  if (outcome !== 'rotated' && outcome !== 'stale') throw noSuch('an outcome of rotate', answer);
  const { generation } = heldSession(record, asked);
  const isRight =
    outcome === 'stale' ? generation > from : generation === from + 1 && isListOf(isEvicted, evicted);
  if (isRight) return answer as RotateResult;
  throw wrong(
    `what comes of a refresh from generation ${from}`,
    `${outcome} to ${describeValue(generation)}`,
  );
}

/** `amend`: that session and, where it had to be somebody's, that user's. */
export function heldAmend(
  answer: unknown,
  asked: { readonly id: string; readonly username?: string },
): AmendResult {
  const { outcome, record } = membersOf(answer);
  if (outcome === 'gone' || outcome === 'too-large') return answer as AmendResult;
  if (outcome !== 'amended') throw noSuch('an outcome of amend', answer);
  heldSession(record, asked);
  return answer as AmendResult;
}

/** `find` and `revoke`: that session and, where it had to be somebody's, that user's. */
export function heldIfThere(
  answer: unknown,
  asked: { readonly id: string; readonly username?: string },
): SessionRecord | undefined {
  return answer === undefined ? undefined : heldSession(answer, asked);
}

/** `listByUser`: that user's sessions. */
export function heldList(answer: unknown, username: string): SessionRecord[] {
  if (!Array.isArray(answer)) throw noSuch('a list of sessions', answer);
  for (const record of answer) heldSession(record, { username });
  return answer as SessionRecord[];
}

/** `browse`: so many sessions at most, each of them once. */
export function heldPage(answer: unknown, limit: number): Page<SessionRecord> | undefined {
  return heldPageOf(answer, limit, (record) => heldSession(record, {}).id);
}

/** `browse` of API tokens: so many at most, each of them once. */
export function heldTokenPage(answer: unknown, limit: number): Page<ApiTokenRecord> | undefined {
  return heldPageOf(answer, limit, (record) => heldToken(record).jti);
}

/** `newId`: what can be the name of a session. */
export function heldId(answer: unknown): string {
  if (typeof answer === 'string' && /^[\w-]{22}$/.test(answer)) return answer;
  throw noSuch('an id of 22 characters of base64url', answer);
}

/** `revokeByUser` of either port: names, and none of the one that was to be spared. */
export function heldNames(answer: unknown, except?: string): string[] {
  if (!isListOf(isName, answer)) throw noSuch('a list of names', answer);
  if (except !== undefined && answer.includes(except)) throw wrong('all but one', 'that one too');
  return answer;
}

/** `count`, and `revokeAll` of either port. */
export function heldCount(answer: unknown): number {
  if (isCount(answer)) return answer;
  throw noSuch('a count', answer);
}

/** `sweepExpired` of either port. */
export function heldSweep(answer: unknown): SweepResult {
  const { removed, more } = membersOf(answer);
  if (isCount(removed) && typeof more === 'boolean') return answer as SweepResult;
  throw noSuch('what a slice of a sweep removed', answer);
}

const ABSENCES: ReadonlySet<unknown> = new Set<Absence>([
  'expired',
  'idle',
  'rotated',
  'logout',
  'revoked',
  'reuse',
  'evicted',
]);

/** `absence`. */
export function heldAbsence(answer: unknown): Absence | undefined {
  if (answer === undefined || ABSENCES.has(answer)) return answer as Absence | undefined;
  throw noSuch('a reason for an absence', answer);
}

/** `put`. */
export function heldPut(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  throw noSuch('whether the token is registered', answer);
}

/** `access` of an API token: that one, which is that user's or has no owner on record. */
export function heldTokenAccess(answer: unknown, jti: string, username: string): ApiTokenRecord | undefined {
  if (answer === undefined) return undefined;
  const record = heldToken(answer, jti);
  if (record.username === undefined || record.username === username) return record;
  throw wrong('that user’s API token', 'another’s');
}

/** `revoke` of an API token: that one and, where it had to be somebody's, that user's. */
export function heldTokenRevoke(
  answer: unknown,
  jti: string,
  { username }: { readonly username?: string },
): ApiTokenRecord | undefined {
  if (answer === undefined) return undefined;
  const record = heldToken(answer, jti);
  if (username === undefined || record.username === username) return record;
  throw wrong('that user’s API token', 'another’s');
}

/** `listByUser` of API tokens: that user's. */
export function heldTokenList(answer: unknown, username: string): ApiTokenRecord[] {
  if (!Array.isArray(answer)) throw noSuch('a list of API tokens', answer);
  for (const record of answer) {
    if (heldToken(record).username !== username) throw wrong('that user’s API tokens', 'another’s');
  }
  return answer as ApiTokenRecord[];
}

/** A record of a session with all that every record has; that one, and that user's, where this is known. */
function heldSession(
  answer: unknown,
  { id, username }: { readonly id?: string; readonly username?: string },
): SessionRecord {
  if (typeof answer !== 'object' || answer === null) throw noSuch('a session', answer);
  const record = answer as SessionRecord;
  if (id === undefined ? !isName(record.id) : record.id !== id) throw wrong('that session', 'another');
  if (username === undefined ? !isName(record.username) : record.username !== username) {
    throw wrong('that user’s session', 'another’s');
  }
  if (
    isCount(record.generation) &&
    Number.isFinite(record.createdAt) &&
    Number.isFinite(record.issuedAt) &&
    Number.isFinite(record.lastAccessed) &&
    Number.isFinite(record.expiresAt) &&
    Number.isFinite(record.activeUntil) &&
    Number.isFinite(record.renewableUntil)
  ) {
    return record;
  }
  throw wrong('a session with its generation and times', 'less than that');
}

/** A record of an API token with all that every record has; that one, where this is known. */
function heldToken(answer: unknown, jti?: string): ApiTokenRecord {
  if (typeof answer !== 'object' || answer === null) throw noSuch('an API token', answer);
  const record = answer as ApiTokenRecord;
  if (jti === undefined ? !isName(record.jti) : record.jti !== jti) throw wrong('that API token', 'another');
  if (Number.isFinite(record.expiresAt)) return record;
  throw wrong('an API token with its expiry', 'less than that');
}

function heldPageOf<T>(
  answer: unknown,
  limit: number,
  nameOf: (record: unknown) => string,
): Page<T> | undefined {
  if (answer === undefined) return undefined;
  const { records, next } = membersOf(answer);
  if (!Array.isArray(records) || (next !== undefined && !isName(next))) throw noSuch('a page', answer);
  const names = new Set(records.map(nameOf));
  if (names.size === records.length && names.size <= limit) return answer as Page<T>;
  throw wrong(`at most ${limit}, each of them once`, describeValue(records));
}

function heldLimit(answer: unknown): CreateResult & RotateResult {
  const { scope, active } = membersOf(answer);
  if ((scope === 'all' || scope === 'user') && isCount(active)) return answer as CreateResult & RotateResult;
  throw noSuch('which limit was reached', answer);
}

function membersOf(answer: unknown): Readonly<Record<string, unknown>> {
  if (typeof answer === 'object' && answer !== null) return answer as Record<string, unknown>;
  throw noSuch('an outcome', answer);
}

function isListOf<T>(isItem: (value: unknown) => value is T, answer: unknown): answer is T[] {
  return Array.isArray(answer) && answer.every(isItem);
}

function isEvicted(value: unknown): value is EvictedSession {
  const { id, username } = (value ?? {}) as Partial<EvictedSession>;
  return isName(id) && isName(username);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function noSuch(expected: string, answer: unknown): TypeError {
  return wrong(expected, describeValue(answer));
}

function wrong(expected: string, got: string): TypeError {
  return new TypeError(`expected ${expected}, got ${got}`);
}
