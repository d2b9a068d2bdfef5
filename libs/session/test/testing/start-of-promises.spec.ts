import { expect, it } from '@jest/globals';
import { promisesOf } from '../../src/testing/test-api.js';

it.each([
  [1_000_000, 1_005_000],
  [1_000_001, 1_006_000],
  // A millisecond later the server's present would lie behind a start that is only rounded up.
  [1_000_999, 1_006_000],
])(
  'a promise begins at a whole second, some seconds ahead of a store whose clock says %i',
  async (present, start) => {
    const begun: number[] = [];
    let test = () => Promise.resolve();
    const promise = promisesOf({ describe: () => undefined, it: (_name, body) => (test = body) }, () => ({
      store: { clock: () => present },
    }));
    promise('holds', (_store, at) => Promise.resolve(void begun.push(at)));
    await test();
    expect(begun).toEqual([start]);
  },
);
