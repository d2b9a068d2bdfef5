/** Tells the time in epoch milliseconds. */
export type Clock = () => number;

/**
 * A clock that never runs backwards: an earlier (or unusable) reading counts as the latest one seen, so that
 * a step of the system clock can neither revive what has expired nor date a record before its creation.
 */
export function neverBackwards(clock: Clock): Clock {
  let latest = -Infinity;
  return () => {
    const reading = clock();
    if (reading > latest) latest = reading;
    return latest;
  };
}
