import type { GuardedRequest } from './profile.controller.js';
import type { Headers } from './server.js';

export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}

/** As the documentation of Nest takes it out. */
export function bearerToken({ headers }: GuardedRequest): string | undefined {
  const [type, token] = headers.authorization?.split(' ') ?? [];
  return type === 'Bearer' ? token : undefined;
}
