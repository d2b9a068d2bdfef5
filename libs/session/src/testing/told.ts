import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

/** How long, in milliseconds, a store that is shared may take to tell what was done. */
const PATIENCE = 1000;

interface Telling<Change> {
  readonly shared: boolean;
  subscribe?(listener: (change: Change) => void): () => void;
}

/** What a store has told so far, and how to hear no more. */
export interface Told<Change> {
  readonly changes: Change[];
  readonly unsubscribe: () => void;
  /** Resolves when so many changes were told: at once, unless the store has to hear of them from elsewhere. */
  readonly until: (count: number) => Promise<void>;
}

/** Listens to a store; `undefined` if that does not tell. */
export function listen<Change>(store: Telling<Change>): Told<Change> | undefined {
  const changes: Change[] = [];
  const unsubscribe = store.subscribe?.((change) => changes.push(change));
  if (unsubscribe === undefined) return undefined;
  return { changes, unsubscribe, until: (count) => untilTold(store.shared, changes, count) };
}

async function untilTold(shared: boolean, changes: readonly unknown[], count: number): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (shared && changes.length < count && performance.now() < deadline) await setTimeout(5);
  assert.ok(changes.length >= count, `expected ${count} changes to be told, got ${changes.length}`);
}
