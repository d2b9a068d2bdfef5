import type { SessionLogger } from '../../src/core/logger.js';

const logger = (write: () => unknown): SessionLogger => ({
  debug: write,
  log: write,
  warn: write,
  error: write,
});

/** Loggers that fail in each way there is, as `it.each` takes them. */
export const BROKEN_LOGGERS: readonly (readonly [string, SessionLogger])[] = [
  [
    'throws',
    logger(() => {
      throw new Error('the disk of the log is full');
    }),
  ],
  ['rejects', logger(() => Promise.reject(new Error('the log server is away')))],
  [
    'answers what throws when it is awaited',
    logger(() =>
      Object.defineProperty({}, 'then', {
        get() {
          throw new Error('hands off');
        },
      }),
    ),
  ],
];
