import type { MaybePromise } from '../util/maybe-promise.js';
import type { SessionInfo } from './session.js';

/** Why a credential is over: before its time, or because that has come. */
export type CredentialEnd = 'logout' | 'revoked' | 'evicted' | 'reuse' | 'expired';

/** What became of credentials, by a step of whichever process. */
export type CredentialNews =
  | {
      readonly type: 'session-ended';
      readonly sessionId: string;
      readonly reason: CredentialEnd;
    }
  | {
      readonly type: 'api-token-ended';
      readonly jti: string;
    }
  | {
      readonly type: 'all-sessions-ended';
      /** The id of the session that was spared. */
      readonly except?: string;
    }
  | {
      readonly type: 'all-api-tokens-ended';
    }
  | {
      /** Some of them may have ended; who wants to know looks. */
      readonly type: 'api-tokens-in-doubt';
      readonly username: string;
    }
  | {
      /** News may have been missed: any session, or any API token, may have ended; who wants to know looks. */
      readonly type: 'sessions-in-doubt' | 'all-api-tokens-in-doubt';
    }
  | {
      /** What these keys have signed is refused from now on. */
      readonly type: 'keys-left-out';
      readonly signers: ReadonlySet<string>;
    };

/** How a credential stands. */
export type CredentialStanding =
  | {
      /** What it says now. */
      readonly session: SessionInfo;
      /** When it is over, if nobody renews it; epoch milliseconds. */
      readonly until: number;
      /** From when on a use of it is worth noting; absent where none is. */
      readonly useFrom?: number;
      readonly over?: undefined;
    }
  | {
      /** Why it is over, as far as that is remembered. */
      readonly over: CredentialEnd | 'unknown';
    };

/** Tells what lasts how the credential stands that it was opened with. */
export interface CredentialWatch {
  /** The manager's time, in epoch milliseconds. @throws SessionStoreUnavailableError while that cannot be known. */
  now(): number;
  /**
   * Calls `listener` with all news from now on, until the function is called that it answers.
   *
   * @throws SessionStoreUnavailableError if a store cannot be listened to.
   */
  subscribe(listener: (news: CredentialNews) => void): () => void;
  /** Whether news tell of each end of such a credential, whichever process has ended it. */
  tellsOf(type: SessionInfo['type']): boolean;
  /** A reading; of an API token it is a use, since its store knows no other. @throws SessionStoreUnavailableError */
  look(session: SessionInfo): MaybePromise<CredentialStanding>;
  /** Notes a use, and looks. @throws SessionStoreUnavailableError */
  use(session: SessionInfo): MaybePromise<CredentialStanding>;
  /** Names the key that a token is signed with; `undefined` if none that counts is. */
  signerOf(token: string): string | undefined;
}
