import everyday from './jest.config.js';

/** What `npm run test:mutation` runs against each mutant: the specs of the library alone, without processes and files. */
export default {
  ...everyday,
  roots: ['<rootDir>/libs/session'],
  testMatch: [
    '**/test/{core,managers,tokens,compose,nest,testing}/**/*.spec.ts',
    '**/test/stores/memory-*.spec.ts',
  ],
};
