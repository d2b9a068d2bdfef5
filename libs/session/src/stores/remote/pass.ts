import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../util/clock.js';

/**
 * Waits until the server's clock is seen to have passed an end of all that it has dated itself: what is asked for once
 * that is answered was begun after it, and must not be refused for a millisecond that both fell into.
 */
export async function pass(clock: Clock, until: number, now: number): Promise<void> {
  if (until <= now) return;
  for (let times = 0; times < 100 && Math.floor(clock()) <= until; times += 1) await setTimeout(1);
}
