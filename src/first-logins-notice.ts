import type { FirstLogin } from './users/demo-users.js';

/** How to log in to a fresh data folder. */
export function firstLoginsNotice(logins: readonly FirstLogin[], url: string): string {
  const users = logins.map(
    ({ username, role, password }) => `  ${username.padEnd(8)}${role.padEnd(8)}${password}`,
  );
  const [{ username, password } = { username: '', password: '' }] = logins;
  const body = JSON.stringify({ username, password });
  return [
    'First start. These demo users can log in; their passwords are shown this once:',
    ...users,
    'For example:',
    `  curl -s ${url}/auth/login -H 'Content-Type: application/json' -d '${body}'`,
  ].join('\n');
}
