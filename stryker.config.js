/** What each part mutates; its tests are those that `libs/session/test/mutation` gathers under the same name. */
const SOURCES = {
  managers: ['managers/**/*.ts'],
  jwt: ['tokens/jwt-token.codec.ts', 'tokens/jwt/*.ts', 'tokens/jws/{hs512,jws,jwt-json}.ts'],
  opaque: ['tokens/{doorkeeper,opaque-token.codec,verified-tokens}.ts'],
  keys: [
    'tokens/{current-codec,issued-token.reader,rotating-keys}.ts',
    'tokens/jws/{asymmetric,remote-key-set}.ts',
    'tokens/keys/*.ts',
  ],
  memory: ['stores/memory/**/*.ts'],
  guards: ['nest/guards/**/*.ts'],
};

const part = process.env.PART ?? 'managers';

/** `PART=jwt npm run test:mutation`: how many mutants of a part its tests notice. */
export default {
  mutate: SOURCES[part].map((source) => `libs/session/src/${source}`),
  plugins: ['@stryker-mutator/jest-runner'],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    projectType: 'custom',
    configFile: 'jest.mutation.config.js',
    enableFindRelatedTests: false,
  },
  coverageAnalysis: 'perTest',
  // Most are words of messages; a name among the codes and outcomes cannot be another, the compiler sees to that.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 10_000,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `reports/mutation-${part}.json` },
  tempDirName: '.stryker',
  thresholds: { high: 95, low: 90, break: 90 },
};
