import { setImmediate, setTimeout } from 'node:timers/promises';
import { connect } from './connect.js';
import { redisStore } from './stores.js';

/** Another process of the same application: told the port of its server, it does what it is asked to, and tells of it. */

/** What a replica is asked for: to tell when a session is refused, after it had it near; to clean up; to rest from that. */
export type Order =
  { readonly order: 'watch'; readonly id: string } | { readonly order: 'clean' } | { readonly order: 'rest' };

/** What it tells; times are of the monotonic clock that all processes share, in microseconds. */
export type News =
  | { readonly news: 'ready' | 'near' | 'cleaning' }
  | { readonly news: 'refused'; readonly at: number }
  | { readonly news: 'resting'; readonly removed: number };

/** As a manager asks for it. */
const SLICE = { budgetMs: 1, batchSize: 64 };
const ANOTHERS_TURN = 50;

// However the bench ends, its end of the channel goes with it.
process.once('disconnect', () => process.exit());

const { client } = await connect('ioredis', Number(process.argv[2]));
const store = redisStore(client, { nearCache: { max: 1000, maxStaleness: 60_000 } });
await store.ping();

let isCleaning = false;
process.on('message', (message) => {
  const asked = message as Order;
  switch (asked.order) {
    case 'watch':
      void watch(asked.id);
      break;
    case 'clean':
      void clean();
      break;
    case 'rest':
      isCleaning = false;
  }
});
tell({ news: 'ready' });

async function watch(id: string): Promise<void> {
  while (!(await isNear(id))) await setImmediate();
  tell({ news: 'near' });
  let at = microsecondsNow();
  while ((await store.access(id, 0, Date.now())) !== undefined) {
    await setImmediate();
    at = microsecondsNow();
  }
  tell({ news: 'refused', at });
}

async function isNear(id: string): Promise<boolean> {
  const { hits } = store.stats();
  if ((await store.access(id, 0, Date.now())) === undefined) throw new Error('The session is not there');
  return store.stats().hits > hits;
}

async function clean(): Promise<void> {
  isCleaning = true;
  let removed = 0;
  tell({ news: 'cleaning' });
  while (isCleaning) {
    const slice = await store.sweepExpired(Date.now(), SLICE);
    removed += slice.removed;
    if (slice.more) await setImmediate();
    else await setTimeout(ANOTHERS_TURN);
  }
  tell({ news: 'resting', removed });
}

function microsecondsNow(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function tell(news: News): void {
  process.send!(news);
}
