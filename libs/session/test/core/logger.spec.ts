import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { consoleLogger } from '../../src/core/logger.js';

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
