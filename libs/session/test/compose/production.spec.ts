import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { keyPair } from '../support/key-pairs.js';
import { rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { inProduction } from '../support/production.js';

const SIGNING = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;

/** The warnings of a boot, or what it was refused with. */
async function boot(options: object): Promise<{ warnings: string[]; refusal?: string }> {
  const logger = new MemoryLogger();
  const made = createSessionManager({ logger, ...options } as never);
  const refusal = await made.then(
    () => undefined,
    ({ message }: Error) => message,
  );
  return { warnings: logger.entries.filter((entry) => entry.startsWith('warn ')), refusal };
}

const strategies = ['token', 'single', 'jwt'] as const;

describe('a key under NODE_ENV=production', () => {
  it.each(strategies)('J14 that is given as undefined refuses to boot under %s', async (strategy) => {
    const error = await inProduction(() =>
      rejectionOf(
        createSessionManager({ strategy, secretKey: process.env.NO_SUCH_KEY, logger: new MemoryLogger() }),
      ),
    );
    expect(error).toMatchObject({ name: 'SessionConfigurationError', code: 'SESSION_CONFIGURATION' });
    expect(error.message).toBe(
      'secretKey: expected a key, got undefined, as a missing environment variable is; for a random one, which ends with ' +
        "the process, leave the option out (if it is meant so: checks: { except: ['missing-key'] })",
    );
  });

  it('J14 that a getter has no value for refuses to boot', async () => {
    class Config {
      readonly strategy = 'token';
      get secretKey() {
        return process.env.NO_SUCH_KEY;
      }
    }
    const { refusal } = await inProduction(async () => createSessionManager(new Config() as never)).then(
      () => ({ refusal: undefined }),
      ({ message }: Error) => ({ refusal: message }),
    );
    expect(refusal).toMatch(/^secretKey: expected a key, got undefined/);
  });

  it.each([
    ['forRoot', (options: object) => SessionModule.forRoot({ strategy: 'token', ...options } as never)],
    [
      'forRootAsync',
      (options: object) =>
        SessionModule.forRootAsync({ strategy: 'token', useFactory: () => options as never }),
    ],
  ])('J14 that is given to %s as undefined refuses to boot', async (_, module) => {
    const imports = [module({ secretKey: undefined, logger: new MemoryLogger() })];
    const error = await inProduction(() => rejectionOf(Test.createTestingModule({ imports }).compile()));
    expect(error.message).toMatch(/^secretKey: expected a key, got undefined/);
  });

  it('J14 that signs with a private one is asked for just so', async () => {
    const { refusal } = await inProduction(() => boot({ strategy: 'jwt', signing: undefined }));
    expect(refusal).toMatch(/^signing: expected a key, got undefined/);
    const signed = await inProduction(() =>
      boot({ strategy: 'jwt', secretKey: undefined, signing: SIGNING }),
    );
    expect(signed.refusal).toBeUndefined();
  });

  it.each(strategies)('that is left out under %s is random, and one line says so', async (strategy) => {
    const { refusal, warnings } = await inProduction(() => boot({ strategy }));
    expect(refusal).toBeUndefined();
    expect(warnings.filter((line) => line.startsWith('warn No secretKey'))).toHaveLength(1);
  });

  it.each(strategies)('elsewhere undefined under %s is what was left out', async (strategy) => {
    const { refusal, warnings } = await boot({ strategy, secretKey: undefined });
    expect(refusal).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^warn No secretKey: signing with a random one; every token ends with this process /,
      ),
    ]);
  });
});
