import type { RevokeReason, SessionChange } from '../../core/session-store.js';

/**
 * What a step published of sessions: `<id> <reason, or rotated> <username>`, or `* <the one that is still there>`; nothing
 * where only what a session carries has changed.
 */
export function sessionChangeOf(message: string): SessionChange | undefined {
  const [, id, why, username] = /^(\S+) (\S*) ?(.*)$/s.exec(message) as unknown as string[];
  if (id === '*') return { type: 'ended-all', ...(why !== '' && { except: why }) };
  if (why === 'amended') return undefined;
  if (why === 'rotated') return { type: 'rotated', id: id!, username: username! };
  return { type: 'ended', id: id!, username: username!, reason: why as RevokeReason | 'evicted' };
}
