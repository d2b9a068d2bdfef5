import { usableNow, type ManagerTime } from '../core/manager-time.js';

/** What can free what has expired in it, until it is told to stop. */
interface Swept {
  sweep(now: number, isOver: () => boolean): Promise<number>;
}

/** Frees what has expired, and answers how much: what is swept by a time that turns out wrong does not come back. */
export async function sweepWhenCertain(
  store: Swept,
  time: ManagerTime,
  isOver: () => boolean,
): Promise<number> {
  const now = usableNow(time);
  return time.isCertain ? store.sweep(now, isOver) : 0;
}
