import { DEFAULT_PASSWORD_COST } from '../users/password-cost.js';
import type { AppConfig } from './app-config.js';

/** What `npm start` runs with when nothing else is said. */
export const DEFAULT_CONFIG: AppConfig = {
  strategy: 'jwt',
  stores: { kind: 'in-process' },
  dataDir: './data',
  // Loopback only: reaching further is a decision, not a default.
  host: '127.0.0.1',
  port: 3000,
  loginsPerMinute: 10,
  maxUploadBytes: 10 * 1024 * 1024,
  passwordCost: DEFAULT_PASSWORD_COST,
  // Half of the threads that Node has for such work, so that files are still read.
  passwordChecks: { atOnce: 2, waiting: 32 },
  loginPauses: [0, 0, 0, 0, 0, 250, 500, 1000, 2000, 4000],
  shutdownGrace: 10_000,
  session: {},
};
