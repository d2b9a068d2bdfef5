import { createFileOnce } from '../data-folder/create-file-once.js';
import { NOT_FOR_OTHERS, readTrustedFile } from '../data-folder/read-trusted-file.js';
import { ROLES, type StoredUser } from './user.js';

/** PHC form: cost, salt, digest. A hash that cannot be read would fail each login of its user, and theirs alone. */
const ARGON2ID = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

/**
 * Writes the file unless there is one.
 *
 * @returns whether it was written.
 */
export function createUsersFile(path: string, users: readonly StoredUser[]): Promise<boolean> {
  return createFileOnce(path, `${JSON.stringify({ users }, null, 2)}\n`);
}

/**
 * @throws Error if the file is not one that {@link createUsersFile} could have written, or if others may write it:
 * they could log in as anybody.
 */
export async function readUsersFile(path: string): Promise<readonly StoredUser[]> {
  const bytes = await readTrustedFile(path, NOT_FOR_OTHERS.write);
  const users = parseUsers(bytes.toString());
  if (users !== undefined) return users;
  throw new Error(
    `${path}: expected { "users": [{ username, role, passwordHash }] } with distinct usernames`,
  );
}

function parseUsers(text: string): readonly StoredUser[] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const users = (content as { users?: unknown } | null)?.users;
  if (!Array.isArray(users) || !users.every(isStoredUser)) return undefined;
  return new Set(users.map(({ username }) => username)).size === users.length ? users : undefined;
}

function isStoredUser(value: unknown): value is StoredUser {
  const { username, role, passwordHash } = (value ?? {}) as Partial<Record<keyof StoredUser, unknown>>;
  return (
    typeof username === 'string' &&
    username !== '' &&
    ROLES.some((known) => known === role) &&
    typeof passwordHash === 'string' &&
    ARGON2ID.test(passwordHash)
  );
}
