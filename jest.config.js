/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Ends what hangs, and is the only limit: a busy machine takes its time, and no test measures it.
  testTimeout: 300_000,
  roots: ['<rootDir>/libs/session', '<rootDir>/test', '<rootDir>/bench'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/libs/session/dist', '<rootDir>/bench/dist'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/consumers/'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    '^nestjs-session-manager$': '<rootDir>/libs/session/src/index.ts',
    '^nestjs-session-manager/testing$': '<rootDir>/libs/session/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  coverageProvider: 'v8',
  collectCoverageFrom: ['libs/session/src/**/*.ts'],
  coverageReporters: ['text', 'lcov'],
};
