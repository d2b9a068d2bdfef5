import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { consoleLogger, harmless, type SessionLogger } from '../../src/core/logger.js';
import { BROKEN_LOGGERS } from '../support/broken-loggers.js';
import { MemoryLogger } from '../support/memory-logger.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('consoleLogger', () => {
  it.each([
    ['log', 'log', 'INFO'],
    ['warn', 'warn', 'WARNING'],
    ['error', 'error', 'ERROR'],
  ] as const)('writes %s to console.%s with the level %s in front', (level, method, shown) => {
    const write = jest.spyOn(console, method).mockImplementation(() => undefined);
    consoleLogger[level]('Reached max concurrent sessions limit (10)');
    expect(write.mock.calls).toEqual([
      [`${shown} [SessionManager] Reached max concurrent sessions limit (10)`],
    ]);
  });

  it('keeps debug messages to itself', () => {
    const writes = (['debug', 'log', 'warn', 'error'] as const).map((method) =>
      jest.spyOn(console, method).mockImplementation(() => undefined),
    );
    consoleLogger.debug('detail');
    for (const write of writes) expect(write).not.toHaveBeenCalled();
  });
});

describe('a harmless logger', () => {
  const levels = ['debug', 'log', 'warn', 'error'] as const;

  it('hands every entry on, on its level and with the `this` that the logger needs', () => {
    const logger = new MemoryLogger();
    for (const level of levels) harmless(logger)[level]('entry');
    expect(logger.entries).toEqual(levels.map((level) => `${level} entry`));
  });

  it('calls the method that the logger has at that time', () => {
    const logger = new MemoryLogger();
    const wrapped = harmless(logger);
    const replaced = jest.spyOn(logger, 'warn').mockImplementation(() => undefined);
    wrapped.warn('entry');
    expect(replaced.mock.calls).toEqual([['entry']]);
    expect(logger.entries).toEqual([]);
  });

  it.each([
    ...BROKEN_LOGGERS,
    ['is none', undefined as unknown as SessionLogger],
    [
      'throws when it is looked at',
      new Proxy({} as SessionLogger, {
        get() {
          throw new Error('hands off');
        },
      }),
    ],
  ])('L4 keeps to itself that the logger %s', async (_, logger) => {
    for (const level of levels) expect(harmless(logger)[level]('entry')).toBeUndefined();
    // Jest fails the test for a rejection that nobody handles.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('L4 keeps to itself that there is no console', () => {
    const { console } = globalThis;
    try {
      globalThis.console = undefined as never;
      for (const level of levels) harmless(consoleLogger)[level]('entry');
    } finally {
      globalThis.console = console;
    }
  });
});
