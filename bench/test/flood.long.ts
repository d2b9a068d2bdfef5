import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type { SessionManager } from 'nestjs-session-manager';
import { jwtManager, opaqueManager } from '../src/contestants/ours.js';
import { keptMebibytes } from '../src/harness/kept-bytes.js';
import { presentInvalid } from '../src/workload/invalid-tokens.js';
import { login } from '../src/workload/logins.js';

const TOKENS = 1_000_000;

setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;

describe('a flood of invalid tokens', () => {
  it.each<[string, () => Promise<SessionManager>]>([
    ['jwt', jwtManager],
    ['token', opaqueManager],
  ])(
    'leaves the memory within 10 MiB of what it was, whatever is wrong with them: %s',
    async (_strategy, make) => {
      const manager = await make();
      const { accessToken } = await login(manager, 'alice');
      // Compiles what there is to compile.
      expect(await presentInvalid(manager, accessToken, 0, 10_000)).toBe(10_000);
      const stop = await keptMebibytes();
      expect(await presentInvalid(manager, accessToken, 10_000, TOKENS)).toBe(TOKENS);
      expect(await stop(TOKENS)).toBeLessThan(10);
      await expect(manager.sessionUsername(accessToken)).resolves.toBe('alice');
    },
  );
});
