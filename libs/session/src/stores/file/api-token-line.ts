import { hash } from 'node:crypto';
import type { ApiTokenRecord } from '../../core/api-token-store.js';

/** What one line of the file says. */
export type ApiTokenEntry =
  | { readonly kind: 'registered'; readonly record: ApiTokenRecord; readonly era?: number }
  | { readonly kind: 'revoked'; readonly jti: string; readonly at: number; readonly until?: number }
  | { readonly kind: 'cut-off'; readonly username: string; readonly at: number }
  | { readonly kind: 'ended-all'; readonly era: number; readonly at: number }
  | { readonly kind: 'used'; readonly jti: string; readonly at: number }
  | { readonly kind: 'compacted'; readonly id: string; readonly at: number };

/**
 * Fields are separated by blanks and percent-encoded, so that a line holds whatever a name may hold:
 *
 *     <jti> <expiry> owner=<name> issued=<time> [label=<text>] [era=<number>] sum=<checksum>
 *     <jti> <time of revocation> revoked [until=<expiry of the token>] sum=<checksum>
 *     - <time> cut-off=<name> sum=<checksum>
 *     - <time> ended-all=<number of the era that begins> sum=<checksum>
 *     - <time> used=<jti> sum=<checksum>
 *     - <time> compacted=<unique identifier> sum=<checksum>
 *     <jti> <expiry>                                  (as plantdb writes it)
 *
 * Every line starts with an identifier and a time, so that a reader which knows no more than these two fields
 * sees a revoked token as an expired one, and what is not about the life of a token as nobody's.
 */
export function formatEntry(entry: ApiTokenEntry): string {
  const fields = fieldsOf(entry).join(' ');
  return `${fields} sum=${checksum(fields)}`;
}

/** Reads a line back; `undefined` if it is torn, damaged, or not one of ours and not plantdb's either. */
export function parseEntry(line: string): ApiTokenEntry | undefined {
  const [jti, time, ...more] = line.split(' ');
  if (!jti || !time) return undefined;
  const at = parseTime(time);
  if (at === undefined) return undefined;
  if (more.length === 0) return foreignRegistration(jti, time, at);
  const sum = more.pop();
  if (sum !== `sum=${checksum([jti, time, ...more].join(' '))}`) return undefined;
  const fields = parseFields(more);
  if (fields === undefined) return undefined;
  if (jti === NOBODY) return remark(at, fields);
  if (fields.has('revoked')) return revocation(jti, at, fields);
  return registration(jti, at, fields);
}

const NOBODY = '-';

/** What another program may have named a token; wide enough for any, and without a blank. */
const JTI = /^[\w.~+/=-]{1,256}$/;
/** ISO 8601; Python leaves the zone of UTC out, and then has microseconds. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})|\.\d{6})$/;
const ZONE = /(?:Z|[+-]\d{2}:\d{2})$/;

function fieldsOf(entry: ApiTokenEntry): string[] {
  switch (entry.kind) {
    case 'registered': {
      const { jti, expiresAt, username, issuedAt, label } = entry.record;
      return [
        jti,
        formatTime(expiresAt),
        ...(username === undefined ? [] : [`owner=${encodeURIComponent(username)}`]),
        ...(issuedAt === undefined ? [] : [`issued=${formatTime(issuedAt)}`]),
        ...(label === undefined ? [] : [`label=${encodeURIComponent(label)}`]),
        ...(entry.era === undefined || entry.era === 0 ? [] : [`era=${entry.era}`]),
      ];
    }
    case 'revoked': {
      const until = entry.until === undefined ? [] : [`until=${formatTime(entry.until)}`];
      return [entry.jti, formatTime(entry.at), 'revoked', ...until];
    }
    case 'cut-off':
      return [NOBODY, formatTime(entry.at), `cut-off=${encodeURIComponent(entry.username)}`];
    case 'ended-all':
      return [NOBODY, formatTime(entry.at), `ended-all=${entry.era}`];
    case 'used':
      return [NOBODY, formatTime(entry.at), `used=${encodeURIComponent(entry.jti)}`];
    case 'compacted':
      return [NOBODY, formatTime(entry.at), `compacted=${entry.id}`];
  }
}

/** Two fields are plantdb's. With the time in our spelling they are what is left of a line of ours, torn. */
function foreignRegistration(jti: string, time: string, expiresAt: number): ApiTokenEntry | undefined {
  if (!JTI.test(jti) || time === formatTime(expiresAt)) return undefined;
  return { kind: 'registered', record: { jti: copied(jti), expiresAt } };
}

function remark(at: number, fields: Map<string, string>): ApiTokenEntry | undefined {
  const username = fields.get('cut-off');
  if (username !== undefined) return { kind: 'cut-off', username, at };
  const era = parseEra(fields.get('ended-all'));
  if (era !== undefined) return { kind: 'ended-all', era, at };
  const jti = fields.get('used');
  if (jti !== undefined) return { kind: 'used', jti, at };
  const id = fields.get('compacted');
  if (id !== undefined) return { kind: 'compacted', id, at };
  return undefined;
}

function revocation(jti: string, at: number, fields: Map<string, string>): ApiTokenEntry {
  const until = parseTime(fields.get('until') ?? '');
  return { kind: 'revoked', jti: copied(jti), at, ...(until !== undefined && { until }) };
}

function registration(jti: string, expiresAt: number, fields: Map<string, string>): ApiTokenEntry {
  const username = fields.get('owner');
  const issuedAt = parseTime(fields.get('issued') ?? '');
  const label = fields.get('label');
  const era = parseEra(fields.get('era'));
  return {
    kind: 'registered',
    record: {
      jti: copied(jti),
      expiresAt,
      ...(username !== undefined && { username }),
      ...(issuedAt !== undefined && { issuedAt }),
      ...(label !== undefined && { label }),
    },
    ...(era !== undefined && { era }),
  };
}

/** The number of an era; the first one, 0, is never written. */
function parseEra(text = ''): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

function parseFields(fields: readonly string[]): Map<string, string> | undefined {
  try {
    return new Map(
      fields.map((field) => {
        const [name, value = ''] = field.split('=', 2);
        return [name!, decodeURIComponent(value)];
      }),
    );
  } catch {
    // A percent sign that encodes nothing: somebody else wrote this line.
    return undefined;
  }
}

/** A part of a line that is kept would keep the whole line in memory. */
function copied(part: string): string {
  return Buffer.from(part).toString();
}

function formatTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '+00:00');
}

function parseTime(text: string): number | undefined {
  if (!TIME.test(text)) return undefined;
  const time = Date.parse(ZONE.test(text) ? text : `${text}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function checksum(fields: string): string {
  return hash('sha256', fields, 'hex').slice(0, 8);
}
