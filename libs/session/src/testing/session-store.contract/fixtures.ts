import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { SECOND } from '../../util/clock.js';
import type { SessionRecord } from '../../core/session.js';
import type {
  CreateRules,
  RotateResult,
  Rotation,
  RotationRequest,
  SessionStore,
} from '../../core/session-store.js';

/** How long the access of a fixture's session lasts, in milliseconds. */
export const ACTIVE = 60 * SECOND;
/** How long it can be refreshed. */
export const RENEWABLE = 600 * SECOND;

export const UNLIMITED: CreateRules = Object.freeze({
  max: Infinity,
  onLimit: 'reject',
  maxPerUser: Infinity,
  onUserLimit: 'reject',
  reuseExisting: false,
});

/** As a user's second login finds it, that reuses the first one's session. */
export const REUSE: CreateRules = Object.freeze({ ...UNLIMITED, reuseExisting: true });

export function limit(max: number, given: Partial<CreateRules> = {}): CreateRules {
  return { ...UNLIMITED, max, ...given };
}

/** A new session of alice's that begins at `at`. */
export function newSession(at: number, given: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: randomBytes(16).toString('base64url'),
    username: 'alice',
    generation: 0,
    createdAt: at,
    lastAccessed: at,
    ...issuedAt(at),
    ...given,
  };
}

/** What a refresh at `at` replaces. */
export function rotationAt(at: number, given: Partial<Rotation> = {}): Rotation {
  return { lastAccessed: at, ...issuedAt(at), ...given };
}

function issuedAt(at: number) {
  return { issuedAt: at, expiresAt: at + ACTIVE, activeUntil: at + ACTIVE, renewableUntil: at + RENEWABLE };
}

/** Creates a session without any limit. */
export async function added(
  store: SessionStore,
  at: number,
  given: Partial<SessionRecord> = {},
): Promise<SessionRecord> {
  const record = newSession(at, given);
  assert.equal((await store.create(record, UNLIMITED, at)).outcome, 'created');
  return record;
}

/** Calls a verb so many times at once, and waits for all answers. */
export function inParallel<T>(times: number, verb: (index: number) => T | Promise<T>): Promise<Awaited<T>[]> {
  return Promise.all(Array.from({ length: times }, async (_, index) => verb(index)));
}

/** Members that few records have, and one that only a later version of the library knows. */
export const FURTHER = {
  authenticatedIn: 0,
  acr: 'urn:mace:incommon:iap:silver',
  amr: ['pwd', 'otp'],
  claims: { tenant: 'räume “3”', level: 3, beta: true, '': '' },
  actor: 'support@lab.org',
  boundTo: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  'x-later': { of: ['a later', 'version', 2, null, { than: 'this' }] },
};

/** Presents the token of generation 0 for refresh at `at`. */
export async function refreshed(
  store: SessionStore,
  id: string,
  at: number,
  given: Partial<RotationRequest> = {},
): Promise<RotateResult> {
  return store.rotate(id, { from: 0, attempt: 'a', next: rotationAt(at), rules: UNLIMITED, ...given }, at);
}

/** A record compares by what it says: an absent member and one of value `undefined` are the same. */
export function sameRecord(actual: SessionRecord | undefined, expected: SessionRecord): void {
  assert.ok(actual, 'expected a record, got none');
  assert.deepEqual(said(actual), said(expected));
}

/** What a value of JSON says, whatever its prototype is, and whichever realm made it. */
function said(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, said);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, said(member)]));
}

/** `ids` of records, in their order. */
export function idsOf(records: readonly { readonly id: string }[]): string[] {
  return records.map(({ id }) => id);
}

/** Narrows an answer to the outcome that it must be. */
export function expectOutcome<R extends { readonly outcome: string }, O extends R['outcome']>(
  result: R,
  outcome: O,
): Extract<R, { outcome: O }> {
  assert.equal(result.outcome, outcome);
  return result as Extract<R, { outcome: O }>;
}
