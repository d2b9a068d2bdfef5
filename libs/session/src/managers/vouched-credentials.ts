import type { CredentialStanding, CredentialWatch } from '../core/credential-watch.js';
import type { SessionInfo } from '../core/session.js';
import type { Clock } from '../util/clock.js';
import type { MaybePromise } from '../util/maybe-promise.js';

/** Credentials of which nobody can be asked: each is good until it ends by itself. */
export class VouchedCredentials implements CredentialWatch {
  readonly now: Clock;

  constructor(now: Clock) {
    this.now = now;
  }

  subscribe(): () => void {
    return () => undefined;
  }

  tellsOf(): boolean {
    return true;
  }

  look(session: SessionInfo): MaybePromise<CredentialStanding> {
    const until = session.expiresAt.getTime();
    return this.now() < until ? { session, until } : { over: 'expired' };
  }

  use(session: SessionInfo): MaybePromise<CredentialStanding> {
    return this.look(session);
  }

  signerOf(): string {
    return 'another service';
  }
}
