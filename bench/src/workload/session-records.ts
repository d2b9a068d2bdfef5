import { randomBytes } from 'node:crypto';
import type { CreateRules, SessionRecord } from 'nestjs-session-manager';

export const UNLIMITED: CreateRules = {
  max: Infinity,
  onLimit: 'reject',
  maxPerUser: Infinity,
  onUserLimit: 'reject',
  reuseExisting: false,
};

/** The time now, as records have it: on a whole second. */
export function thisSecond(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}

/** A session as a login of that second leaves it, its strings made of bytes, as those that a request brings are. */
export function sessionRecord(username: string, now: number, seconds: number): SessionRecord {
  const end = now + seconds * 1000;
  return {
    id: randomBytes(16).toString('base64url'),
    username: Buffer.from(username).toString(),
    generation: 0,
    createdAt: now,
    issuedAt: now,
    lastAccessed: now,
    expiresAt: end,
    activeUntil: end,
    renewableUntil: end,
  };
}
