import { setTimeout as pause } from 'node:timers/promises';
import { SessionStoreUnavailableError } from '../../../src/core/errors.js';
import type { SessionStore } from '../../../src/core/session-store.js';
import { newSession, rotationAt, UNLIMITED } from '../../../src/testing/session-store.contract/fixtures.js';
import { seededRandom } from '../../support/seeded-random.js';
import type { Connection, Stores, TestServer } from './backend.js';
import { isLinearizable, type Call, type SequentialModel } from './linearizability.js';

const NOW = Date.UTC(2026, 0, 1);
/** How many ask at the same time, each over a connection of its own, and how often. */
const ASKERS = 4;
const CALLS = 8;
/** Milliseconds after which nobody waits for an answer. */
const PATIENCE = 60;

/** What one session was asked. */
type Question =
  | { readonly verb: 'create' | 'revoke' | 'find' }
  | { readonly verb: 'access'; readonly generation: number }
  | { readonly verb: 'rotate'; readonly from: number; readonly attempt: string };

/** `outcome generation`, or `no` for what is not there; `unknown` where none came. */
type Answer = string;

interface State {
  readonly generation?: number;
  readonly attempt?: string;
}

/** One session as the port promises it, asked by one at a time; a login of the id that was there is another's. */
const SESSION: SequentialModel<State, Question, Answer> = {
  initial: {},
  step(state, question) {
    const { generation, attempt } = state;
    if (question.verb === 'create') {
      return { state: generation === undefined ? { generation: 0 } : state, answer: 'created' };
    }
    if (generation === undefined) return { state, answer: 'no' };
    switch (question.verb) {
      case 'find':
        return { state, answer: `${generation}` };
      case 'revoke':
        return { state: {}, answer: `${generation}` };
      case 'access':
        return { state, answer: question.generation === generation ? `${generation}` : 'no' };
      case 'rotate': {
        const { from } = question;
        if (from >= generation) {
          return {
            state: { generation: from + 1, attempt: question.attempt },
            answer: `rotated ${from + 1}`,
          };
        }
        const isRepeated = from === generation - 1 && question.attempt === attempt;
        return { state, answer: `${isRepeated ? 'rotated' : 'stale'} ${generation}` };
      }
    }
  },
};

/** What came of histories of one session, each asked by several at once, while the server stopped now and then. */
export interface Histories {
  readonly calls: number;
  /** How many answers never came. */
  readonly unknown: number;
  /** Those for which there is no order; none, one hopes. */
  readonly impossible: readonly string[];
}

/** @param altered what an answer is taken for, to see that the checker would notice. */
export async function recordHistories(
  server: TestServer,
  connect: (asker: number) => Promise<Connection>,
  {
    histories,
    seed,
    altered = (answer) => answer,
  }: { histories: number; seed: number; altered?: (answer: Answer) => Answer },
): Promise<Histories> {
  const random = seededRandom(seed);
  const connections: Connection[] = [];
  const all: Stores[] = [];
  for (let asker = 0; asker < ASKERS; asker += 1) {
    const connection = await connect(asker);
    connections.push(connection);
    const options = { timeout: PATIENCE, breaker: { failures: 1000 }, clock: () => NOW };
    all.push(await connection.storesOf('histories', options));
  }
  const stores = all.map(({ store }) => store);
  let [calls, unknown] = [0, 0];
  const impossible: string[] = [];
  for (let number = 0; number < histories; number += 1) {
    const record = newSession(NOW);
    const history: Call<Question, Answer>[] = [];
    const asker = async (store: SessionStore, first: Question | undefined) => {
      for (let call = 0; call < CALLS; call += 1) {
        const question = call === 0 && first ? first : anyQuestion(random);
        const begun = performance.now();
        const answer = await answerOf(store, record, question);
        if (answer === 'unknown') {
          const never = { begun, answered: Infinity, answer } as const;
          history.push({ ...never, question });
          // A login that was given up, and is told to have happened after all, is taken back.
          if (question.verb === 'create') history.push({ ...never, question: { verb: 'revoke' } });
        } else {
          history.push({ question, begun, answered: performance.now(), answer: altered(answer) });
        }
      }
    };
    const stopping = random(3) === 0 ? stopFor(server, random(10), PATIENCE + random(40)) : undefined;
    await Promise.all(
      stores.map((store, index) => asker(store, index === 0 ? { verb: 'create' } : undefined)),
    );
    await stopping;
    calls += history.length;
    unknown += history.filter(({ answer }) => answer === 'unknown').length;
    if (!isLinearizable(history, SESSION)) impossible.push(textOf(history));
  }
  for (const { store, apiTokenStore } of all) await Promise.all([store.close(), apiTokenStore.close()]);
  for (const connection of connections) connection.end();
  return { calls, unknown, impossible };
}

/** A history to be read: who asked what from when to when. */
function textOf(history: readonly Call<Question, Answer>[]): string {
  const start = Math.min(...history.map(({ begun }) => begun));
  return [...history]
    .sort((a, b) => a.begun - b.begun)
    .map(({ question, begun, answered, answer }) => {
      const [from, to] = [begun - start, answered - start].map((time) => time.toFixed(1).padStart(9));
      return `${from} ${to}  ${JSON.stringify(question)} ${answer}`;
    })
    .join('\n');
}

function anyQuestion(random: (below: number) => number): Question {
  const kind = random(20);
  if (kind < 9) return { verb: 'access', generation: random(4) };
  if (kind < 15) return { verb: 'rotate', from: random(4), attempt: 'ab'[random(2)]! };
  return { verb: kind < 17 ? 'revoke' : kind < 18 ? 'create' : 'find' };
}

async function answerOf(
  store: SessionStore,
  record: ReturnType<typeof newSession>,
  question: Question,
): Promise<Answer> {
  const { id } = record;
  try {
    switch (question.verb) {
      case 'create':
        return (await store.create(record, UNLIMITED, NOW)).outcome;
      case 'revoke':
        return String((await store.revoke(id, 'logout', {}, NOW))?.generation ?? 'no');
      case 'find':
        return String((await store.find(id, NOW))?.generation ?? 'no');
      case 'access':
        return String((await store.access(id, question.generation, NOW))?.generation ?? 'no');
      case 'rotate': {
        const { from, attempt } = question;
        const request = { from, attempt, next: rotationAt(NOW), rules: UNLIMITED };
        const result = await store.rotate(id, request, NOW);
        return 'record' in result ? `${result.outcome} ${result.record.generation}` : 'no';
      }
    }
  } catch (error) {
    if (error instanceof SessionStoreUnavailableError || isTooLate(error)) return 'unknown';
    throw error;
  }
}

/** The server's own refusal to do what nobody waits for any more. */
function isTooLate(error: unknown): boolean {
  return /the step came after its deadline|due to lock timeout/.test(String(error));
}

async function stopFor(server: TestServer, after: number, milliseconds: number): Promise<void> {
  await pause(after);
  server.freeze();
  await pause(milliseconds);
  server.thaw();
}
