import { InvalidInputError } from '../../core/errors.js';
import { bearerToken } from '../transports/bearer.transport.js';

/** A header's name, and what clients that have no headers call the same. */
export const AUTHORIZATION = 'authorization';

/**
 * The bearer token in the values that came under `authorization`. What is no text is none, for a sender may put anything
 * there.
 *
 * @throws InvalidInputError for two that differ.
 */
export function bearerIn(values: readonly unknown[]): string | undefined {
  const [value, other] = new Set(values.filter((each) => typeof each === 'string'));
  if (other !== undefined) throw new InvalidInputError('authorization: expected one value, got several');
  return value === undefined ? undefined : bearerToken(value);
}

/** A bare token, or `undefined` for what is no text, and for an empty one. */
export function tokenIn(offer: unknown): string | undefined {
  return typeof offer === 'string' && offer !== '' ? offer : undefined;
}

/** What a sender's message holds under a name: nothing that it inherits, as every object does. */
export function ownMember(message: unknown, name: string): unknown {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, name)) return undefined;
  return (message as Readonly<Record<string, unknown>>)[name];
}
