import { verify } from '@node-rs/argon2';
import { Credentials } from './credentials.js';
import type { UserDirectory } from './user-directory.js';

/** Usernames and passwords of the user directory. */
export class PasswordCredentials extends Credentials {
  readonly #users: UserDirectory;
  readonly #hashOfNothing: string;

  /**
   * @param hashOfNothing what an unknown user's password is checked against, so that the time an answer takes does
   * not tell who exists.
   */
  constructor(users: UserDirectory, hashOfNothing: string) {
    super();
    this.#users = users;
    this.#hashOfNothing = hashOfNothing;
  }

  async areGood(username: string, password: string): Promise<boolean> {
    const known = this.#users.passwordHash(username);
    const matches = await verify(known ?? this.#hashOfNothing, password);
    return known !== undefined && matches;
  }
}
