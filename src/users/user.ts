/** What a user may do: an admin everything, a reader only read. */
export type Role = 'admin' | 'reader';

export const ROLES: readonly Role[] = ['admin', 'reader'];

export interface User {
  readonly username: string;
  readonly role: Role;
}

/** A user as `users.json` keeps it. */
export interface StoredUser extends User {
  /** Argon2id in PHC form. */
  readonly passwordHash: string;
}
