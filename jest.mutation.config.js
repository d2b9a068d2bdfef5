import everyday from './jest.config.js';

/**
 * The tests of one part in one file, so that the library is loaded once for each mutant; without those that take a
 * second and more, which would be run for nearly every one.
 */
export default {
  ...everyday,
  roots: ['<rootDir>/libs/session'],
  testMatch: [`**/test/mutation/${process.env.PART ?? 'managers'}.ts`],
  testNamePattern: '^(?!.*(100,000|D3 is remembered|in as many slices))',
};
