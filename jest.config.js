/** What is tried as users get it, from the build: `npm run test:guides`. */
export const AS_BUILT = [
  '<rootDir>/libs/session/test/package/',
  '<rootDir>/test/guides/',
  '<rootDir>/test/process.spec.ts',
];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Ends what hangs, and is the only limit: a busy machine takes its time, and no test measures it.
  testTimeout: 300_000,
  // All cores, where Jest would leave one idle; a worker that has grown starts anew, since a large heap is slow.
  maxWorkers: '100%',
  workerIdleMemoryLimit: '1GB',
  roots: ['<rootDir>/libs/session', '<rootDir>/test', '<rootDir>/bench'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/libs/session/dist', '<rootDir>/bench/dist'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/consumers/', ...AS_BUILT],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    '^nestjs-session-manager$': '<rootDir>/libs/session/src/index.ts',
    '^nestjs-session-manager/testing$': '<rootDir>/libs/session/src/testing/index.ts',
    '^nestjs-session-manager/redis$': '<rootDir>/libs/session/src/stores/redis/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  coverageProvider: 'v8',
  collectCoverageFrom: ['libs/session/src/**/*.ts'],
  coverageReporters: ['text', 'lcov'],
};
