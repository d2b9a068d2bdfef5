/** A clock that moves only when told to. */
export interface TestClock {
  (): number;
  advance(seconds: number): void;
}

/** @param now where it stands: a whole second, so that time-outs come out exact. */
export function testClock(now = Date.UTC(2026, 0, 1)): TestClock {
  return Object.assign(() => now, { advance: (seconds: number) => void (now += seconds * 1000) });
}
