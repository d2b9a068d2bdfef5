import { describe, expect, it } from '@jest/globals';
import { CappedLog } from '../../src/util/capped-log.js';

function opened() {
  const written: string[] = [];
  let now = 5_000_000;
  const log = new CappedLog(
    (line) => written.push(line),
    () => now,
  );
  return {
    written,
    note: (line: string) => log.note(() => line),
    log,
    advance: (milliseconds: number) => void (now += milliseconds),
  };
}

describe('a capped log', () => {
  it('writes every line of what comes slowly, and nothing else', () => {
    const { written, note, advance } = opened();
    for (let number = 0; number < 50; number++) {
      note(`line ${number}`);
      advance(101);
    }
    expect(written).toEqual(Array.from({ length: 50 }, (_, number) => `line ${number}`));
  });

  it('writes ten lines of a flood in a second, puts no other together, and then tells how many were left out', () => {
    const { written, log, advance } = opened();
    let made = 0;
    const line = () => `line ${made++}`;
    for (let number = 0; number < 1_000; number++) log.note(line);
    expect(written).toHaveLength(10);
    expect(made).toBe(10);
    advance(999);
    log.note(line);
    expect(written).toHaveLength(10);
    advance(1);
    log.note(line);
    expect(written.slice(10)).toEqual(['991 more like these were left out in the last 1 s', 'line 10']);
  });

  it('counts anew in each second, and tells over how long it counted', () => {
    const { written, note, advance } = opened();
    for (let number = 0; number < 13; number++) note('x');
    advance(36_400);
    for (let number = 0; number < 12; number++) note('y');
    advance(1_000);
    note('z');
    expect(written).toEqual([
      ...Array<string>(10).fill('x'),
      '3 more like these were left out in the last 37 s',
      ...Array<string>(10).fill('y'),
      '2 more like these were left out in the last 1 s',
      'z',
    ]);
  });

  it.each([86_400_000, -86_400_000])('writes on after a reading of the clock that was %p ms off', (off) => {
    const { written, note, advance } = opened();
    advance(off);
    for (let number = 0; number < 12; number++) note('in the spike');
    advance(-off);
    note('after it');
    expect(written.slice(10)).toEqual(['2 more like these were left out in the last 86400 s', 'after it']);
  });
});
