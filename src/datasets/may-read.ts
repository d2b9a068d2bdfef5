import { Permission, TokenType, type SessionInfo } from 'nestjs-session-manager';

/** Whether a session may read a dataset: all of them, unless it is an API token limited to others. */
export function mayRead(session: SessionInfo, dataset: string): boolean {
  if (session.type !== TokenType.Api || session.datasets === undefined) return true;
  return session.datasets[dataset]?.includes(Permission.Read) ?? false;
}
