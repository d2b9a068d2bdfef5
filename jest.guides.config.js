import everyday, { AS_BUILT } from './jest.config.js';

/** The guides from an empty folder, the package as npm packs it, and the program as `npm start` runs it. */
export default {
  ...everyday,
  testMatch: AS_BUILT.map((path) => (path.endsWith('/') ? `${path}**/*.spec.ts` : path)),
  testPathIgnorePatterns: ['/node_modules/'],
};
