import { InvalidInputError } from './errors.js';
import { MAX_CARRIED_BYTES, type Amendment, type SessionRecord } from './session.js';
import { describeValue } from '../util/text.js';

/** The members of a record that {@link Amendment}s change. */
export type Amendable = Pick<SessionRecord, 'details' | 'claims'>;

type Values = Readonly<Record<string, string | number | boolean>>;
type Changes = Readonly<Record<string, string | number | boolean | null>>;

/**
 * What a record carries once it is amended: for stores, whose step this is. A member of which nothing is left is absent.
 *
 * @returns `undefined` if one of them would come to more than 2 KiB.
 */
export function amended(record: Amendable, amendment: Amendment): Amendable | undefined {
  const details = merged(record.details as Values | undefined, amendment.details);
  const claims = merged(record.claims, amendment.claims);
  if (sizeOf(details) > MAX_CARRIED_BYTES || sizeOf(claims) > MAX_CARRIED_BYTES) return undefined;
  return { details: details as SessionRecord['details'], claims };
}

/**
 * Changes to details as an application gives them, members of value `undefined` left out.
 *
 * @throws InvalidInputError unless they are flat strings, or `null` for one that is to go, and for strings that are too
 * much by themselves: no store is handed more than it may keep.
 */
export function checkDetailChanges(given: unknown): Readonly<Record<string, string | null>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError(`details: expected an object of strings, got ${describeValue(given)}`);
  }
  const changes = Object.create(null) as Record<string, string | null>;
  for (const [key, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined) continue;
    if (value !== null && typeof value !== 'string') {
      throw new InvalidInputError(
        `details: expected flat strings, or null for what is to go, got ${describeValue(value)} among them`,
      );
    }
    changes[key] = value;
  }
  if (sizeOf(merged(undefined, changes)) > MAX_CARRIED_BYTES) throw tooLarge();
  return changes;
}

/** The refusal of details that would come to more than may be kept. */
export function tooLarge(): InvalidInputError {
  return new InvalidInputError(`details: expected at most ${MAX_CARRIED_BYTES} bytes in all, got more`);
}

function merged(present: Values | undefined, changes: Changes | undefined): Values | undefined {
  if (changes === undefined) return present;
  const entries = Object.entries({ ...present, ...changes }).filter(([, value]) => value !== null);
  if (entries.length === 0) return undefined;
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(entries)) as Values);
}

function sizeOf(values: Values | undefined): number {
  return Object.entries(values ?? {}).reduce(
    (size, [key, value]) => size + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
}
