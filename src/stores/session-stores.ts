import type { ApiTokenStore, SessionStore } from 'nestjs-session-manager';
import type { StoreChoice } from '../config/app-config.js';
import { openPostgresStores } from './postgres-stores.js';
import { openRedisStores } from './redis-stores.js';

/** What the library is given to keep sessions and API tokens in; what is absent it makes itself. */
export interface SessionStores {
  readonly store?: SessionStore;
  readonly apiTokenStore?: ApiTokenStore;
  /** Ends the connections that were opened for them. */
  close(): void;
}

/** The stores that were chosen. Waits for no server: until it is there, requests are answered by 503. */
export async function openStores(choice: StoreChoice): Promise<SessionStores> {
  switch (choice.kind) {
    case 'in-process':
      return { close: () => undefined };
    case 'redis':
      return openRedisStores(choice);
    case 'postgres':
      return openPostgresStores(choice);
  }
}
