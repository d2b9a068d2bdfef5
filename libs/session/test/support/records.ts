import type { SessionRecord } from '../../src/core/session.js';

/** 1 January 2026, midnight UTC. */
export const START = Date.UTC(2026, 0, 1);

/** 22 characters of base64url that spell 16 bytes. */
export const SESSION_ID = 'AAECAwQFBgcICQoLDA0ODw';

/** A session of alice that began at {@link START}, as the `jwt` strategy keeps it. */
export function sessionRecord(changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: SESSION_ID,
    username: 'alice',
    generation: 0,
    createdAt: START,
    issuedAt: START,
    lastAccessed: START,
    expiresAt: START + 900_000,
    activeUntil: START + 902_000,
    refreshExpiresAt: START + 86_400_000,
    renewableUntil: START + 86_402_000,
    ...changes,
  };
}
