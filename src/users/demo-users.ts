import { hashPassword, randomPassword } from './password-hash.js';
import type { PasswordCost } from './password-cost.js';
import type { StoredUser, User } from './user.js';

/** Who can log in to a fresh data folder, and with what; exists only until it has been printed. */
export interface FirstLogin extends User {
  readonly password: string;
}

const DEMO_USERS: readonly User[] = [
  { username: 'alice', role: 'admin' },
  { username: 'bob', role: 'reader' },
  { username: 'carol', role: 'reader' },
];

/** The demo users, each with a random password. */
export function inventLogins(): readonly FirstLogin[] {
  return DEMO_USERS.map((user) => ({ ...user, password: randomPassword() }));
}

/** The same users as they are kept. One hash after the other: each takes a thread and its memory. */
export async function toStoredUsers(
  logins: readonly FirstLogin[],
  cost: PasswordCost,
): Promise<readonly StoredUser[]> {
  const users: StoredUser[] = [];
  for (const { username, role, password } of logins) {
    users.push({ username, role, passwordHash: await hashPassword(password, cost) });
  }
  return users;
}
