import { SessionError, SessionValidationError, type RefusalReason } from '../../../src/core/errors.js';

/** What comes of an operation: a value, or a refusal with its code and, of a token, its reason. */
export type Outcome =
  | { readonly gives: unknown }
  | { readonly refuses: { readonly code: string; readonly reason?: RefusalReason } };

/** An outcome as foretold, with the rule that led to it where the outcome alone does not tell. */
export type Foretold = Outcome & { readonly rule?: string };

export function gives(value: unknown, rule?: string): Foretold {
  return { gives: value, ...(rule !== undefined && { rule }) };
}

export function refuses(code: string, reason?: RefusalReason, rule?: string): Foretold {
  return { refuses: { code, ...(reason && { reason }) }, ...(rule !== undefined && { rule }) };
}

/** What came of an operation; anything but an error of the library's own is a fault of the test. */
export async function outcomeOf(operation: Promise<unknown>): Promise<Outcome> {
  try {
    return { gives: await operation };
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return refuses(error.code, error instanceof SessionValidationError ? error.reason : undefined);
  }
}

/** An outcome in a word or two, for counting how often each kind of it came. */
export function kindOf(outcome: Foretold): string {
  if (outcome.rule !== undefined) return outcome.rule;
  if ('refuses' in outcome) return [outcome.refuses.code, outcome.refuses.reason].filter(Boolean).join(' ');
  const value = outcome.gives;
  if (typeof value === 'number') return value > 0 ? 'some' : 'none';
  return value !== null && typeof value === 'object' ? 'given' : String(value);
}
