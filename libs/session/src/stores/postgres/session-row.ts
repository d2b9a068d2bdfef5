import { isFurtherMember, type ActiveRecord, type SessionRecord } from '../../core/session.js';
import type { Rotation } from '../../core/session-store.js';
import { SECOND } from '../../util/clock.js';
import type { Writable } from '../../util/writable.js';
import { jsonText, jsonValue, rowText } from './json-text.js';
import type { Row } from './postgres-client.js';

/** The last second that a text of four digits for the year can tell. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59);

const TIMES = [
  'created_at',
  'issued_at',
  'last_accessed',
  'expires_at',
  'active_until',
  'refresh_expires_at',
  'renewable_until',
  'previous_until',
  'ends_at',
  'idle_timeout',
  'slide_by',
] as const;

/** What a statement selects of a session for {@link activeSessionOf}. */
export function activeColumns(session: string): string {
  const times = TIMES.map((time) => `%S.ms(${session}.${time}) AS ${time}`);
  return `${session}.id, ${session}.username, ${session}.generation, ${times.join(', ')}, ${session}.further::text AS further`;
}

/** What a statement selects of a session for {@link sessionOf}. */
export function columns(session: string): string {
  return `${activeColumns(session)}, ${session}.attempt, ${session}.details::text AS details`;
}

/** The record of a row that lacks what only lists and refreshes look at. */
export function activeSessionOf(row: Row): ActiveRecord {
  const record: ActiveRecord = {
    id: row['id'] as string,
    username: row['username'] as string,
    generation: Number(row['generation']),
    createdAt: Number(row['created_at']),
    issuedAt: Number(row['issued_at']),
    lastAccessed: Number(row['last_accessed']),
    expiresAt: Number(row['expires_at']),
    activeUntil: Number(row['active_until']),
    refreshExpiresAt: numberOf(row['refresh_expires_at']),
    renewableUntil: Number(row['renewable_until']),
    previousUntil: numberOf(row['previous_until']),
    endsAt: numberOf(row['ends_at']),
    idleTimeout: numberOf(row['idle_timeout']),
    slideBy: numberOf(row['slide_by']),
  };
  const { further } = row;
  return further === null ? record : Object.assign(record, jsonValue(further as string));
}

/** The record of a row. */
export function sessionOf(row: Row): SessionRecord {
  const record: Writable<SessionRecord> = activeSessionOf(row);
  record.attempt = (row['attempt'] as string | null) ?? undefined;
  record.details =
    row['details'] === null ? undefined : (jsonValue(row['details'] as string) as SessionRecord['details']);
  return record;
}

/** A record as `create_session` takes it. */
export function rowOf(record: SessionRecord): string {
  const { id, username, generation, attempt, createdAt, endsAt, idleTimeout, slideBy, details } = record;
  const further = furtherOf(record).filter(([, value]) => value !== undefined);
  const columns = {
    id,
    username,
    generation,
    attempt,
    created_at: timeText(createdAt),
    ...timesOf(record),
    ends_at: timeText(endsAt),
    idle_timeout: lengthText(idleTimeout),
    slide_by: lengthText(slideBy),
  };
  return rowText(columns, {
    further: further.length === 0 ? null : Object.fromEntries(further),
    details: details === undefined || Object.keys(details).length === 0 ? null : details,
  });
}

/** What a refresh replaces, as `rotate_session` takes it, and the names of the further members that go. */
export function rowOfRotation(next: Rotation): [next: string, dropped: string[]] {
  const further = furtherOf(next);
  const kept = Object.fromEntries(further.filter(([, value]) => value !== undefined));
  const dropped = further.filter(([, value]) => value === undefined).map(([name]) => name);
  return [rowText(timesOf(next), { further: kept }), dropped];
}

/** Members as `amend_session` takes them; nothing for none. */
export function membersText(members: object | undefined): string | null {
  return members === undefined || Object.keys(members).length === 0 ? null : jsonText(members);
}

/** The members without a column of their own. */
export function furtherOf(given: object): [string, unknown][] {
  return Object.entries(given).filter(([name]) => isFurtherMember(name));
}

/** The times that a login and a refresh set; one that is absent goes. */
function timesOf(given: Rotation) {
  return {
    issued_at: timeText(given.issuedAt),
    last_accessed: timeText(given.lastAccessed),
    expires_at: timeText(given.expiresAt),
    active_until: timeText(given.activeUntil),
    refresh_expires_at: timeText(given.refreshExpiresAt),
    renewable_until: timeText(given.renewableUntil),
    previous_until: timeText(given.previousUntil),
  };
}

/** On whole seconds, as records are. */
function timeText(time: number | undefined): string | null {
  if (time === undefined) return null;
  return new Date(Math.min(Math.max(0, Math.floor(time / SECOND) * SECOND), LAST)).toISOString();
}

function lengthText(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : `${Math.floor(milliseconds / SECOND)} seconds`;
}

function numberOf(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}
