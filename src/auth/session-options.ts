import type { SessionInfo, SessionLogger, SessionOptions } from 'nestjs-session-manager';
import type { AppConfig } from '../config/app-config.js';
import type { DataFolder } from '../data-folder/data-folder.js';
import type { SessionStores } from '../stores/session-stores.js';
import { permissionsOf } from '../users/permissions-of.js';

/** What the library is told: each strategy refuses the options of another. */
export function sessionOptions(
  config: AppConfig,
  data: DataFolder,
  { store, apiTokenStore }: SessionStores,
  logger?: SessionLogger,
): SessionOptions {
  const { sessionTimeout, refreshTimeout, refreshGrace, maxConcurrentSessions, clock, cleanup } =
    config.session;
  const resolveUser = ({ username }: SessionInfo) => data.findUser(username);
  const common = { sessionTimeout, clock, cleanup, logger, resolveUser };
  const stored = { ...common, secretKey: data.secretKey, refreshGrace, store };
  switch (config.strategy) {
    case 'no-auth':
      return { strategy: 'no-auth', ...common };
    case 'single':
      return { strategy: 'single', ...stored };
    case 'token':
      return { strategy: 'token', ...stored, maxConcurrentSessions };
    case 'jwt':
      return {
        strategy: 'jwt',
        ...stored,
        maxConcurrentSessions,
        refreshTimeout,
        ...(apiTokenStore === undefined ? { apiTokenDir: data.path } : { apiTokenStore }),
        effectivePermissions: (username) => permissionsOf(data.findUser(username)),
      };
  }
}
