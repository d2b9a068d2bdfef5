import { SECOND } from '../../util/clock.js';

/** 2020-01-01T00:00:00Z, in seconds. */
const EPOCH = 1_577_836_800;

/**
 * The whole second that a time lies in, counted from an epoch of our own: a small integer, where a millisecond since
 * 1970 is a double with a place of its own on the heap. So is the result of a division, until it is rounded.
 */
export function toSecond(time: number): number {
  return Math.floor(time / SECOND) - EPOCH;
}

export function toOptionalSecond(time: number | undefined): number | undefined {
  return time === undefined ? undefined : toSecond(time);
}

export function toTime(second: number): number {
  return (second + EPOCH) * SECOND;
}

export function toOptionalTime(second: number | undefined): number | undefined {
  return second === undefined ? undefined : toTime(second);
}

/** A duration in whole seconds. */
export function toSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / SECOND);
}

export function toMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * SECOND;
}
