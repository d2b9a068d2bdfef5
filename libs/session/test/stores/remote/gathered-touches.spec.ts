import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GatheredTouches } from '../../../src/stores/remote/gathered-touches.js';

describe('accesses that were answered from nearby', () => {
  let sent: [string, number][][];
  beforeEach(() => {
    sent = [];
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const gathered = () =>
    new GatheredTouches(async (touches) => {
      sent.push([...touches]);
    });

  it('are told once in a second, of each the latest', async () => {
    const touches = gathered();
    touches.note('a', 2000);
    touches.note('b', 1000);
    touches.note('a', 1000);
    await jest.advanceTimersByTimeAsync(999);
    expect(sent).toEqual([]);
    touches.note('b', 3000);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent).toEqual([
      [
        ['a', 2000],
        ['b', 3000],
      ],
    ]);
    await jest.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(1);
  });

  it('are told before that where somebody wants to look, who waits for those under way too', async () => {
    let arrive = () => {};
    const order: string[] = [];
    const touches = new GatheredTouches(async (some) => {
      if (some.has('a')) await new Promise<void>((resolve) => (arrive = resolve));
      order.push([...some.keys()].join());
    });
    touches.note('a', 1);
    void touches.flush();
    await jest.advanceTimersByTimeAsync(0);
    touches.note('b', 1);
    const looked = touches.flush().then(() => order.push('looked'));
    arrive();
    await looked;
    expect(order).toEqual(['a', 'b', 'looked']);
  });

  it('that cannot be told are lost, and those after them are told', async () => {
    let isThere = false;
    const touches = new GatheredTouches(async (some) => {
      if (!isThere) throw new Error('away');
      sent.push([...some]);
    });
    touches.note('a', 1);
    await touches.flush();
    isThere = true;
    touches.note('b', 2);
    await touches.flush();
    expect(sent).toEqual([[['b', 2]]]);
  });

  it('are told at once where they are ten thousand', async () => {
    const touches = gathered();
    for (let number = 0; number < 10_000; number += 1) touches.note(`id-${number}`, number);
    await jest.advanceTimersByTimeAsync(0);
    expect(sent.map((some) => some.length)).toEqual([10_000]);
  });
});
