import { toStoredUsers, type FirstLogin } from '../../src/users/demo-users.js';
import type { PasswordCost } from '../../src/users/password-cost.js';
import { createUsersFile } from '../../src/users/users-file.js';

/** As cheap as Argon2 goes: what a password costs is no part of any promise tested here. */
export const CHEAP: PasswordCost = { memoryCost: 8, timeCost: 1, parallelism: 1 };

const TEST_LOGINS: readonly FirstLogin[] = [
  { username: 'alice', role: 'admin', password: 'the password of alice' },
  { username: 'bob', role: 'reader', password: 'the password of bob' },
];

export async function writeTestUsers(path: string): Promise<void> {
  await createUsersFile(path, await toStoredUsers(TEST_LOGINS, CHEAP));
}

export function passwordOf(username: string): string {
  return TEST_LOGINS.find((login) => login.username === username)?.password ?? 'none';
}
