import type { SessionInfo } from './session.js';
import type { TokenType } from './token-type.js';

/** Tells what a presented token says: all that guards need, of a manager or of a verifier, whichever there is. */
export abstract class SessionValidator {
  /**
   * What a token says, if it is valid now.
   *
   * @throws SessionValidationError for anything that is not valid.
   */
  abstract validateSession(
    token: string | undefined,
    options?: { readonly accept?: readonly TokenType[]; readonly fresh?: boolean },
  ): Promise<SessionInfo>;
}
