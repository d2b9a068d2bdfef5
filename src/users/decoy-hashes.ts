import { createHmac, randomBytes } from 'node:crypto';

/**
 * What the password of an unknown name is checked against, so that the time an answer takes does not tell who exists.
 *
 * Each decoy is the hash of a real user with another digest, and thus costs what that user's costs, whatever it was
 * made with: after the cost for new hashes was raised, a decoy made with the new one would stand out. A name has the
 * same decoy always, since a real one has the same cost always; which, only who knows the hashes can tell.
 */
export class DecoyHashes {
  readonly #decoys: readonly string[];
  readonly #key: string;

  /** @param stored the hashes of all users, in PHC form. */
  constructor(stored: readonly string[]) {
    this.#decoys = stored.map(withRandomDigest);
    this.#key = stored.join();
  }

  /** `undefined` if there are no users at all. */
  of(username: string): string | undefined {
    const drawn = createHmac('sha256', this.#key).update(username).digest().readUInt32BE();
    return this.#decoys[drawn % this.#decoys.length];
  }
}

/** The digest is the last part, in base64 without padding. */
function withRandomDigest(hash: string): string {
  const start = hash.lastIndexOf('$') + 1;
  const { length } = Buffer.from(hash.slice(start), 'base64');
  return hash.slice(0, start) + randomBytes(length).toString('base64').replace(/=+$/, '');
}
