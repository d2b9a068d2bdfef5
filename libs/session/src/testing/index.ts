export { describeApiTokenStore } from './api-token-store.contract.js';
export { describeSessionStore } from './session-store.contract.js';
export { expectGuarded } from './expect-guarded.js';
export { guardAs } from './guard-as.js';
export { MANUAL_CLOCK_START, manualClock } from './manual-clock.js';
export { bearer, TestSessions, testSessions } from './test-sessions.js';

export type { ExpectGuardedOptions } from './expect-guarded.js';
export type { ManualClock, ManualDuration } from './manual-clock.js';
export type { StoreUnderTest, TestApi } from './test-api.js';
export type {
  BearerHeaders,
  CredentialHeaders,
  TestedStrategy,
  TestSessionOptions,
} from './test-sessions.js';
