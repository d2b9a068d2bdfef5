import type { SessionInfo } from './session.js';
import type { TokenType } from './token-type.js';

/** Tells what a presented token opens: all that guards need, of a manager or of a verifier, whichever there is. */
export abstract class SessionValidator {
  /**
   * What a token says, if it opens anything now.
   *
   * @throws SessionValidationError for anything that does not open.
   */
  abstract validateSession(
    token: string | undefined,
    options?: { readonly accept?: readonly TokenType[] },
  ): Promise<SessionInfo>;
}
