import { HttpException, HttpStatus } from '@nestjs/common';
import type { SessionTokens } from '../../../core/session.js';

/**
 * What a login or a refresh hands out, or the answer for a client who came when as many sessions were active as may
 * be: `return tokensOr429(await this.sessions.createSession(name))`. Without it Nest would answer the `null` of the
 * limit with a success and an empty body.
 *
 * There is no `Retry-After`, which RFC 6585 §4 leaves open: a slot is free when somebody logs out, and nobody knows
 * when that will be.
 *
 * @param tokens what `createSession` or `refreshSession` answered.
 * @returns the tokens.
 * @throws `HttpException` 429 with the message `Too many active sessions` where there are none.
 */
export function tokensOr429(tokens: SessionTokens | null): SessionTokens {
  if (tokens) return tokens;
  throw new HttpException('Too many active sessions', HttpStatus.TOO_MANY_REQUESTS);
}
