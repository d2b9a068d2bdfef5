import { validateSync, type ValidationError } from 'class-validator';
import { SessionConfigurationError } from '../core/errors.js';
import type { SessionStrategy } from '../core/session-policy.js';
import { describeValue } from '../core/text.js';
import {
  JwtSessionOptions,
  NoAuthSessionOptions,
  SingleSessionOptions,
  TokenSessionOptions,
  type SessionOptions,
} from './options.js';

const OPTION_CLASSES = {
  token: TokenSessionOptions,
  single: SingleSessionOptions,
  jwt: JwtSessionOptions,
  'no-auth': NoAuthSessionOptions,
} as const;

/**
 * Checks all options at once.
 *
 * @throws SessionConfigurationError that names each wrong option, what was expected and what came, and no secret.
 */
export function checkOptions(given: SessionStrategy | SessionOptions): SessionOptions {
  const options = typeof given === 'string' ? { strategy: given } : given;
  const strategy: unknown = options?.strategy;
  if (typeof strategy !== 'string' || !Object.hasOwn(OPTION_CLASSES, strategy)) {
    throw new SessionConfigurationError(
      `strategy: expected "token", "single", "jwt" or "no-auth", got ${describeValue(strategy)}`,
    );
  }
  const OptionClass: new () => SessionOptions = OPTION_CLASSES[strategy as SessionStrategy];
  return checkAgainst(OptionClass, options, `the strategy "${strategy}"`);
}

/** Checks options that are not a strategy's; `of` names what they belong to. */
export function checkAgainst<T extends object>(OptionClass: new () => T, given: object, of: string): T {
  // Not plainToInstance: it empties a Uint8Array and copies stores.
  const checked = Object.assign(new OptionClass(), given);
  const faults = validateSync(checked, {
    whitelist: true,
    forbidNonWhitelisted: true,
    validationError: { target: false, value: false },
  });
  if (faults.length > 0) {
    throw new SessionConfigurationError(
      faults
        .map((fault) => explain(fault, of, (checked as Record<string, unknown>)[fault.property]))
        .join('; '),
    );
  }
  return checked;
}

function explain({ property, constraints = {} }: ValidationError, of: string, value: unknown): string {
  if ('whitelistValidation' in constraints) return `${property}: not an option of ${of}`;
  return `${property}: expected ${Object.values(constraints).join(', ')}, got ${describeValue(value)}`;
}
