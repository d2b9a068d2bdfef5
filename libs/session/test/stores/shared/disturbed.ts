import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from './backend.js';

/**
 * The connection of a process that ends while the server does not answer: its logins, refreshes and new API tokens, which
 * bear a deadline, are sent, and it hears of none. `settled` resolves once the server is done with them.
 *
 * @param withDeadlines whether they keep it.
 * @param before is called before each of them.
 */
export function abandoned(
  connection: Connection,
  { withDeadlines, before }: { withDeadlines: boolean; before: () => void },
): { readonly connection: Connection; settled(): Promise<unknown> } {
  const sent: Promise<unknown>[] = [];
  const gone = connection.altered(async (step) => {
    if (!step.bearsDeadline) return step.run();
    before();
    // The signal is on its way.
    await pause(5);
    sent.push(withDeadlines ? step.run() : step.runWithoutDeadline());
    return new Promise(() => undefined);
  });
  return { connection: gone, settled: () => Promise.allSettled(sent) };
}

/**
 * A connection that hears the answers to the same so many milliseconds later.
 *
 * @param done is called when the server has answered.
 */
export function late(connection: Connection, by: number, done: () => void): Connection {
  return connection.altered(async (step) => {
    const answer = await step.run();
    if (step.bearsDeadline) {
      done();
      await pause(by);
    }
    return answer;
  });
}
