import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NearCache } from '../../../src/stores/remote/near-cache.js';

interface Item {
  readonly version: number;
}

function cacheAt(start: number, options: { max?: number } = {}) {
  let now = start;
  const cache = new NearCache<Item>({ max: 100, maxStaleness: 1000, ...options }, () => now);
  const keep = (id: string, version = 0) => cache.end(id, cache.begin(id), { version });
  return { cache, keep, advance: (by: number) => (now += by), now: () => now };
}

describe('what is kept nearby', () => {
  it('counts while the latest beat that came back was sent less than maxStaleness ago', () => {
    const { cache, keep, advance, now } = cacheAt(5000);
    keep('a');
    expect(cache.get('a')).toBeUndefined();
    cache.heard(now());
    keep('a');
    advance(999);
    expect(cache.get('a')).toEqual({ version: 0 });
    advance(1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('goes by when a beat was sent, not by when it came: it may have waited in a stalled connection', () => {
    const { cache, keep, advance, now } = cacheAt(0);
    cache.heard(now());
    keep('a');
    const sent = now();
    advance(1500);
    cache.heard(sent);
    expect(cache.get('a')).toBeUndefined();
  });

  it('of beats that overtake each other the latest counts', () => {
    const { cache, keep, advance } = cacheAt(0);
    advance(900);
    cache.heard(900);
    keep('a');
    cache.heard(0);
    advance(500);
    expect(cache.get('a')).toBeDefined();
  });

  it('is forgotten by its own news alone', () => {
    const { cache, keep } = cacheAt(0);
    cache.heard(0);
    keep('a');
    keep('b');
    cache.forget('a');
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, { version: 0 }]);
  });

  it('is forgotten as a whole when the news stop, until a later beat comes back', () => {
    const { cache, keep, advance } = cacheAt(0);
    cache.heard(0);
    keep('a');
    advance(10);
    cache.lost();
    expect(cache.get('a')).toBeUndefined();
    keep('a');
    expect(cache.get('a')).toBeUndefined();
    cache.heard(10);
    expect(cache.get('a')).toBeUndefined();
    keep('a');
    expect(cache.get('a')).toBeDefined();
  });

  it.each([
    ['its own news', (cache: NearCache<Item>) => cache.forget('a')],
    ['an end of everything', (cache: NearCache<Item>) => cache.forgetAll()],
    ['a loss of the news', (cache: NearCache<Item>) => cache.lost()],
  ])('is not kept where %s came while it was on its way', (_, change) => {
    const { cache } = cacheAt(0);
    cache.heard(0);
    const reading = cache.begin('a');
    change(cache);
    cache.heard(0);
    cache.end('a', reading, { version: 0 });
    expect(cache.get('a')).toBeUndefined();
  });

  it('a question that is begun after the news is kept, whatever became of one before it', () => {
    const { cache } = cacheAt(0);
    cache.heard(0);
    const before = cache.begin('a');
    cache.forget('a');
    const after = cache.begin('a');
    cache.end('a', after, { version: 2 });
    cache.end('a', before, { version: 1 });
    expect(cache.get('a')).toEqual({ version: 2 });
  });

  it('keeps so many and no more, and counts hits and misses', () => {
    const { cache, keep } = cacheAt(0, { max: 2 });
    cache.heard(0);
    for (const id of ['a', 'b', 'c']) keep(id);
    expect(['a', 'b', 'c'].map((id) => cache.get(id) !== undefined)).toEqual([false, true, true]);
    expect(cache.stats).toEqual({ hits: 2, misses: 1, size: 2, lag: 0, staleness: 0 });
  });

  it('never gives a version that was replaced before the latest news, in whatever order all happens', () => {
    const ids = fc.constantFrom('a', 'b');
    const steps = fc.array(
      fc.oneof(
        fc.record({ does: fc.constantFrom('ask', 'answer', 'change', 'tell', 'end all'), id: ids }),
        fc.record({ does: fc.constant('get'), id: ids }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (sequence) => {
        const { cache } = cacheAt(0);
        cache.heard(0);
        const versions: Record<string, number> = { a: 0, b: 0 };
        /** The least version that a reader may see: what was told has to be seen. */
        const told: Record<string, number> = { a: 0, b: 0 };
        const asked: { id: string; reading: ReturnType<typeof cache.begin>; version: number }[] = [];
        for (const { does, id } of sequence) {
          // An answer has the version that was there when it was asked, the worst that can be.
          if (does === 'ask') asked.push({ id, reading: cache.begin(id), version: versions[id]! });
          else if (does === 'answer') {
            const one = asked.shift();
            if (one) cache.end(one.id, one.reading, { version: one.version });
          } else if (does === 'change') versions[id]! += 1;
          else if (does === 'tell') {
            told[id] = versions[id]!;
            cache.forget(id);
          } else if (does === 'end all') {
            Object.assign(told, versions);
            cache.forgetAll();
          } else {
            const seen = cache.get(id);
            if (seen !== undefined) expect(seen.version).toBeGreaterThanOrEqual(told[id]!);
          }
        }
      }),
    );
  });
});
