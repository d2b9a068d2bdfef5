import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { createSessionManager, type SessionManager } from '../../src/index.js';
import { MemoryLogger } from '../support/memory-logger.js';

const TOKENS = 1_000_000;
const MEBIBYTE = 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a flood of invalid tokens', () => {
  it.each(['jwt', 'token'] as const)(
    'leaves the memory within 10 MiB of what it was, whatever is wrong with them: %s',
    async (strategy) => {
      const manager = await createSessionManager({
        strategy,
        secretKey: new Uint8Array(64).fill(7),
        logger: new MemoryLogger(),
      });
      const genuine = (await manager.createSession('alice'))!.accessToken;
      // Compiles what there is to compile.
      expect(await refused(manager, genuine, 0, 10_000)).toBe(10_000);
      const before = bytesInUse();
      expect(await refused(manager, genuine, 10_000, TOKENS)).toBe(TOKENS);
      expect(bytesInUse() - before).toBeLessThan(10 * MEBIBYTE);
      await expect(manager.sessionUsername(genuine)).resolves.toBe('alice');
    },
  );
});

async function refused(manager: SessionManager, genuine: string, first: number, count: number) {
  let total = 0;
  for (let number = first; number < first + count; number += 1) {
    if ((await manager.sessionUsername(invalid(genuine, number))) === null) total += 1;
  }
  return total;
}

/** Another one for each number: with a signature, a content or a form that is wrong. */
function invalid(genuine: string, number: number): string {
  const mark = String(number).padStart(10, '0');
  switch (number % 3) {
    case 0:
      return genuine.slice(0, -mark.length) + mark;
    case 1:
      return mark + genuine.slice(mark.length);
    default:
      return mark.padEnd(genuine.length, '~');
  }
}

function bytesInUse(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
