import { createSessionManager } from '../../src/compose/create-session-manager.js';
import type { SessionEvent } from '../../src/core/events.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import type { SessionManager } from '../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from './memory-logger.js';

/** What tokens are signed with in tests, and in their workers. */
export const KEY = Uint8Array.from({ length: 64 }, (_, at) => at);

/** A JWT manager in memory; its clock is the test's to give. */
export function jwtManager(options: object = {}): Promise<JwtSessionManager> {
  return createSessionManager({
    strategy: 'jwt',
    secretKey: KEY,
    apiTokenStore: new MemoryApiTokenStore(),
    logger: new MemoryLogger(),
    ...options,
  });
}

/** A manager of opaque tokens in memory. */
export function opaqueManager(options: object = {}): Promise<SessionManager> {
  return createSessionManager({
    strategy: 'token',
    secretKey: KEY,
    logger: new MemoryLogger(),
    ...options,
  });
}

/** All that the manager tells from now on. */
export function eventsOf(manager: SessionManager): SessionEvent[] {
  const events: SessionEvent[] = [];
  manager.events.subscribe((event) => events.push(event));
  return events;
}

/** What a promise is rejected with. */
export async function rejectionOf<E = Record<string, unknown>>(promise: Promise<unknown>): Promise<E> {
  return promise.then(
    () => Promise.reject(new Error('expected a rejection')),
    (error: unknown) => error as E,
  );
}

/** The same token with another signature: its tenth character from the end is another one, and no spare bit is meant. */
export function forged(token: string): string {
  return token.slice(0, -10) + (token.at(-10) === 'A' ? 'B' : 'A') + token.slice(-9);
}
