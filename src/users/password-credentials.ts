import { verify } from '@node-rs/argon2';
import type { BoundedQueue } from './bounded-queue.js';
import { Credentials } from './credentials.js';
import { DecoyHashes } from './decoy-hashes.js';
import type { LoginPauses } from './login-pauses.js';
import type { UserDirectory } from './user-directory.js';

/** Usernames and passwords of the user directory. */
export class PasswordCredentials extends Credentials {
  readonly #users: UserDirectory;
  readonly #decoys: DecoyHashes;
  readonly #pauses: LoginPauses;
  readonly #queue: BoundedQueue;

  /**
   * @param queue where checks wait: each takes one of the few threads that also read files, for as long as it lasts.
   */
  constructor(users: UserDirectory, pauses: LoginPauses, queue: BoundedQueue) {
    super();
    this.#users = users;
    this.#decoys = new DecoyHashes(users.passwordHashes());
    this.#pauses = pauses;
    this.#queue = queue;
  }

  async areGood(username: string, password: string, signal?: AbortSignal): Promise<boolean> {
    await this.#pauses.before(username, signal);
    const decoy = this.#decoys.of(username);
    const known = this.#users.passwordHash(username);
    const hash = known ?? decoy;
    if (hash === undefined) return false;
    const matches = await this.#queue.run(() => verify(hash, password), signal);
    const areGood = known !== undefined && matches;
    if (areGood) this.#pauses.forget(username);
    return areGood;
  }
}
