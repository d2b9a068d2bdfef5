import { Credentials } from './credentials.js';

/** Lets everyone in: under the strategy `no-auth` a password means nothing. */
export class NoCredentials extends Credentials {
  async areGood(): Promise<boolean> {
    return true;
  }
}
