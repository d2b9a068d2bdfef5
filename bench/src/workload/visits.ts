import type { Answer, Connection } from './connection.js';

/** A request, and the one answer that is right. */
export interface Visit {
  readonly request: Buffer;
  readonly answer: Answer;
}

/** Pays as many visits as asked for, over all connections at once, and counts the right answers. */
export async function payVisits(
  connections: readonly Connection[],
  visits: readonly Visit[],
  count: number,
): Promise<number> {
  let paid = 0;
  let right = 0;
  async function payOver(connection: Connection): Promise<void> {
    while (paid < count) {
      const { request, answer } = visits[paid++ % visits.length]!;
      const { status, body } = await connection.ask(request);
      if (status === answer.status && body === answer.body) right++;
    }
  }
  await Promise.all(connections.map(payOver));
  return right;
}
