import { randomUUID } from 'node:crypto';
import { floorToSecond, isActive } from '../../core/expiry.js';
import type { ActiveRecord } from '../../core/session.js';
import { GatheredTouches } from '../remote/gathered-touches.js';
import { NearCache, type NearCacheOptions, type NearCacheStats } from '../remote/near-cache.js';
import type { PlaceKeys } from './keys.js';
import type { RedisBackend } from './redis-backend.js';
import { script } from './script.js';
import { LUA_DIGITS, LUA_ERA_AT, luaPlace } from './session-places.js';

/** So often is the way of the news tried before what is nearby would stop counting. */
const BEATS = 5;

/** The channel is of this process alone: the news of nobody else become more by it. */
const BEAT = script(`redis.call('PUBLISH', ARGV[1], ARGV[2]) return 1`);

/**
 * Notes accesses, of each session the second of the latest: KEYS era, the sessions; ARGV their seconds. Nothing comes into
 * being by it, and nothing lives longer.
 */
const NOTE = script(`
local era = redis.call('GET', KEYS[1]) or '0'
for place = 2, #KEYS do
  local text = redis.call('GET', KEYS[place])
  if text and string.sub(text, 1, 1) == '1' and string.match(text, '^%d+', ${LUA_ERA_AT}) == era then
    local second = string.format('${LUA_DIGITS}', ARGV[place - 1])
    if second > string.sub(text, ${luaPlace('lastAccessed')}) then redis.call('SETRANGE', KEYS[place], 1, second) end
  end
end
return 1
`);

/** So many accesses are noted in one step, which everybody else waits for. */
const NOTED_AT_ONCE = 500;

/**
 * Sessions that this process was asked for lately, near it for as long as the news of their ends can be trusted to come:
 * see `NearCache`. They let in and never refuse: whoever is not found here, or not let in, is asked for at the server.
 */
export class NearSessions {
  readonly #backend: RedisBackend;
  readonly #place: PlaceKeys;
  readonly #cache: NearCache<ActiveRecord>;
  readonly #touches: GatheredTouches;
  readonly #beatChannel: string;
  readonly #timer: NodeJS.Timeout;
  readonly #leave: readonly (() => void)[];

  constructor(backend: RedisBackend, options: NearCacheOptions) {
    this.#backend = backend;
    this.#place = backend.keys.places[0]!;
    this.#cache = new NearCache(options);
    this.#touches = new GatheredTouches((touches) => this.#note(touches));
    this.#beatChannel = `${this.#place.prefix}beat:${randomUUID()}`;
    this.#leave = [
      backend.subscribe(this.#place.ended, (message) => this.#hear(message)),
      backend.subscribe(this.#beatChannel, (sent) => this.#cache.heard(Number(sent))),
      backend.onNewsLost(() => this.#cache.lost()),
    ];
    this.#timer = setInterval(() => this.#beat(), options.maxStaleness / BEATS).unref();
    this.#beat();
  }

  /** The session, if it is nearby and lets that generation in; its access is noted within a second. */
  find(id: string, generation: number, now: number): ActiveRecord | undefined {
    const record = this.#cache.get(id);
    if (record === undefined || record.generation !== generation || !isActive(record, now)) return undefined;
    const second = floorToSecond(now);
    if (second <= record.lastAccessed) return record;
    // Its end depends on its accesses, which the server must know before they count.
    if (record.idleTimeout !== undefined || record.slideBy !== undefined) return undefined;
    const used = { ...record, lastAccessed: second };
    this.#cache.replace(id, used);
    this.#touches.note(id, second);
    return used;
  }

  /** Asks the server, and keeps the answer unless it has changed on its way; where there is none, nothing is kept either. */
  async reading(id: string, ask: () => Promise<ActiveRecord | undefined>): Promise<ActiveRecord | undefined> {
    const reading = this.#cache.begin(id);
    let record: ActiveRecord | undefined;
    try {
      record = await ask();
      if (record === undefined) this.#cache.forget(id);
      return record;
    } finally {
      this.#cache.end(id, reading, record);
    }
  }

  /** Does something to sessions, which nobody finds here from its beginning on; after it only what is asked for later. */
  async changing<T>(ids: readonly string[], change: () => Promise<T>): Promise<T> {
    for (const id of ids) this.#cache.forget(id);
    try {
      return await change();
    } finally {
      for (const id of ids) this.#cache.forget(id);
    }
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#cache.forget(id);
  }

  forgetAll(): void {
    this.#cache.forgetAll();
  }

  /** Resolves once the accesses that were noted here are known to the server, or lost. */
  flush(): Promise<void> {
    return this.#touches.flush();
  }

  get stats(): NearCacheStats {
    return this.#cache.stats;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const leave of this.#leave) leave();
    this.#cache.lost();
  }

  #beat(): void {
    const args = [this.#beatChannel, String(performance.now())];
    this.#backend.run(BEAT, [this.#place.era], args).catch(() => undefined);
  }

  /** `<id> <what became of it> …`, or `*` for all. */
  #hear(message: string): void {
    const id = message.slice(0, message.indexOf(' '));
    if (id === '*') this.#cache.forgetAll();
    else this.#cache.forget(id);
  }

  async #note(touches: ReadonlyMap<string, number>): Promise<void> {
    const all = [...touches];
    for (let from = 0; from < all.length; from += NOTED_AT_ONCE) {
      const some = all.slice(from, from + NOTED_AT_ONCE);
      const keys = [this.#place.era, ...some.map(([id]) => this.#place.session(id))];
      await this.#backend.run(
        NOTE,
        keys,
        some.map(([, time]) => time / 1000),
      );
    }
  }
}
