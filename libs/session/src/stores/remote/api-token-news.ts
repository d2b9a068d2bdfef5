import type { ApiTokenChange } from '../../core/api-token-store.js';

/** What a step published of API tokens: `*` for all, or `-<jti>`, and on a line of its own the owner as JSON or nothing. */
export function apiTokenChangeOf(message: string): ApiTokenChange {
  if (message === '*') return { type: 'ended-all' };
  const end = message.lastIndexOf('\n');
  const owner = message.slice(end + 1);
  const jti = message.slice(1, end);
  return { type: 'ended', jti, ...(owner !== '' && { username: JSON.parse(owner) as string }) };
}
