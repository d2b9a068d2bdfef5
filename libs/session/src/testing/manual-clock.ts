import type { Clock } from '../util/clock.js';
import { InvalidInputError } from '../core/errors.js';
import { timeOf } from '../util/other-realms.js';
import { describeValue } from '../util/text.js';

/** Where a manual clock stands unless told otherwise: 1 January 2026, midnight UTC. */
export const MANUAL_CLOCK_START = Date.UTC(2026, 0, 1);

/** `'500ms'`, `'2s'`, `'31m'`, `'1h'`, `'1d'`, or a number of seconds. */
export type ManualDuration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}` | number;

/** A clock that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves forward and answers the new time. */
  advance(duration: ManualDuration): number;
  /** Moves to a moment, an earlier one too, and answers it. */
  set(time: Date | number): number;
}

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * A clock for tests, to be given as the option `clock`.
 *
 * @param start where it stands at first, as a `Date` or epoch milliseconds. Default: {@link MANUAL_CLOCK_START}.
 * @throws `InvalidInputError`, as its methods do, for anything that is no time or no duration.
 *
 * @example
 * const clock = manualClock();
 * const manager = await createSessionManager({ strategy: 'token', sessionTimeout: 1800, clock });
 * const { accessToken } = tokensOr429(await manager.createSession('alice'));
 * clock.advance('31m');
 * await manager.validateSession(accessToken); // rejects with AccessTokenNotFoundError
 */
export function manualClock(start: Date | number = MANUAL_CLOCK_START): ManualClock {
  let now = toTime('start', start);
  return Object.assign(() => now, {
    advance: (duration: ManualDuration) => (now = toTime('advance', now + toMilliseconds(duration))),
    set: (time: Date | number) => (now = toTime('set', time)),
  });
}

function toMilliseconds(duration: unknown): number {
  if (typeof duration === 'number' && duration >= 0 && Number.isFinite(duration)) return duration * 1000;
  const [, amount, unit] = (typeof duration === 'string' && DURATION.exec(duration)) || [];
  if (unit !== undefined) return Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  throw new InvalidInputError(
    "advance: expected seconds from 0, or a duration such as '500ms', '2s', '31m', '1h', '1d', " +
      `got ${describeValue(duration)}`,
  );
}

function toTime(use: string, given: unknown): number {
  const time = timeOf(given) ?? given;
  // The range of Date: anything beyond could not be shown as one.
  if (typeof time === 'number' && Math.abs(time) <= 8.64e15) return time;
  throw new InvalidInputError(`${use}: expected a Date or epoch milliseconds, got ${describeValue(given)}`);
}
