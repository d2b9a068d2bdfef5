import assert from 'node:assert/strict';
import type { Page, PageRequest } from '../core/session-store.js';
import type { MaybePromise } from '../util/maybe-promise.js';

/** More pages than any walk of a test can have. */
const TOO_MANY = 1000;

/** A store's `browse`, at a time. */
export type Browse<T> = (request: PageRequest) => MaybePromise<Page<T> | undefined>;

/**
 * Goes over all, page by page, to the end that there has to be.
 *
 * @param between called after each page but the last, with what stood on it.
 */
export async function walk<T>(
  browse: Browse<T>,
  limit: number,
  between: (page: readonly T[]) => unknown = () => undefined,
): Promise<T[]> {
  const seen: T[] = [];
  let request: PageRequest = { limit };
  for (let pages = 1; pages <= TOO_MANY; pages += 1) {
    const page = await browse(request);
    assert.ok(page, 'the next of a page leads somewhere');
    assert.ok(page.records.length <= limit, 'a page has at most as many as were asked for');
    seen.push(...page.records);
    if (page.next === undefined) return seen;
    await between(page.records);
    request = { limit, after: page.next };
  }
  return assert.fail('the walk has no end');
}

/** What no page can have answered as its `next`. */
export const NOWHERE = [
  '',
  ' ',
  'nonsense',
  '-1',
  '1e9',
  'NaN',
  '__proto__',
  'ö\u0000\n',
  'x'.repeat(1000),
] as const;
