import type { ApiTokenRecord } from '../../core/api-token-store.js';
import { jsonValue, rowText } from './json-text.js';
import type { Row } from './postgres-client.js';

/** What a statement selects of an API token for {@link apiTokenOf}. */
export function tokenColumns(token: string): string {
  const times = ['issued_at', 'expires_at', 'last_accessed'].map(
    (time) => `%S.ms(${token}.${time}) AS ${time}`,
  );
  return `${token}.jti, ${token}.username, ${times.join(', ')}, ${token}.further::text AS further`;
}

/** The record of a row; what it has not, its members are not there. */
export function apiTokenOf(row: Row): ApiTokenRecord {
  const { jti, username, issued_at, expires_at, last_accessed, further } = row;
  return {
    ...(further !== null && (jsonValue(further as string) as object)),
    jti: jti as string,
    ...(username !== null && { username: username as string }),
    ...(issued_at !== null && { issuedAt: Number(issued_at) }),
    expiresAt: Number(expires_at),
    ...(last_accessed !== null && { lastAccessed: Number(last_accessed) }),
  };
}

/** A record as `put_api_token` takes it. */
export function rowOfApiToken(record: ApiTokenRecord): string {
  const { jti, username, issuedAt, expiresAt, lastAccessed, ...others } = record;
  const further = Object.entries(others).filter(([, value]) => value !== undefined);
  const columns = {
    jti,
    username,
    issued_at: timeText(issuedAt),
    expires_at: timeText(expiresAt),
    last_accessed: timeText(lastAccessed),
  };
  return rowText(columns, { further: further.length === 0 ? null : Object.fromEntries(further) });
}

/** To the millisecond: other programs register an end within a second. */
function timeText(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
