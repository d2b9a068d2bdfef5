import type { StoredUser, User } from './user.js';

/** Who exists, as read when the application started. */
export class UserDirectory {
  readonly #users: ReadonlyMap<string, StoredUser>;

  constructor(users: readonly StoredUser[]) {
    this.#users = new Map(users.map((user) => [user.username, user]));
  }

  /** The user without the password's hash, or `null` if there is none (any more). */
  find(username: string): User | null {
    const user = this.#users.get(username);
    return user === undefined ? null : { username: user.username, role: user.role };
  }

  passwordHashes(): readonly string[] {
    return [...this.#users.values()].map(({ passwordHash }) => passwordHash);
  }

  passwordHash(username: string): string | undefined {
    return this.#users.get(username)?.passwordHash;
  }
}
