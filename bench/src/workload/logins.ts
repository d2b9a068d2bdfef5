import type { SessionManager, SessionTokens } from 'nestjs-session-manager';
import { username } from './signing.js';

export async function login(manager: SessionManager, user: string): Promise<SessionTokens> {
  const tokens = await manager.createSession(user);
  if (tokens === null) throw new Error(`No session for ${user}: the limit is too low for this bench`);
  return tokens;
}

/** Logs in as many users as asked for, each once. */
export async function logins(manager: SessionManager, count: number): Promise<SessionTokens[]> {
  const all: SessionTokens[] = [];
  for (let number = 0; number < count; number++) all.push(await login(manager, username(number)));
  return all;
}

export async function accessTokens(manager: SessionManager, count: number): Promise<string[]> {
  return (await logins(manager, count)).map(({ accessToken }) => accessToken);
}
