import { getMetadataStorage, validateSync, ValidationTypes, type ValidationError } from 'class-validator';
import { SessionConfigurationError } from '../core/errors.js';
import { isInstance, nearestName, readMembers, strangersIn } from '../util/given.js';
import type { SessionStrategy } from '../core/session-policy.js';
import { describeValue, printable } from '../util/text.js';
import { RULE, type OptionRule } from './option-rule.js';
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

/** A name is shown as it was typed, a text that is longer than any may be a secret. */
const MAX_SHOWN = 24;

/**
 * Reads and checks all options at once.
 *
 * @param beside what was told beside the options and goes before them, as `forRootAsync` is told the strategy.
 * @throws SessionConfigurationError that names each wrong option, what was expected and what came, and no secret.
 */
export function checkOptions(
  given: SessionStrategy | Partial<SessionOptions>,
  beside: Partial<Pick<SessionOptions, 'strategy' | 'isGlobal'>> = {},
): SessionOptions {
  const isName = typeof given === 'string' && beside.strategy === undefined;
  const options = isName ? { strategy: given } : (given as Partial<SessionOptions>);
  const strategy = checkStrategy(beside.strategy ?? options?.strategy);
  const OptionClass: new () => SessionOptions = OPTION_CLASSES[strategy];
  return checkAgainst(OptionClass, options, `the strategy "${strategy}"`, { ...beside, strategy });
}

function checkStrategy(strategy: unknown): SessionStrategy {
  const strategies = Object.keys(OPTION_CLASSES);
  if (typeof strategy === 'string' && strategies.includes(strategy)) return strategy as SessionStrategy;
  const shown = typeof strategy === 'string' && strategy.length <= MAX_SHOWN;
  throw new SessionConfigurationError(
    'strategy: expected "token", "single", "jwt" or "no-auth", got ' +
      (shown ? `"${printable(strategy)}"${didYouMean(strategy, strategies, '"')}` : describeValue(strategy)),
  );
}

/**
 * Reads options that are not a strategy's and checks them; `of` names what they belong to, `beside` goes before them.
 *
 * @returns their members, each read once: what was checked is what is used.
 * @throws SessionConfigurationError as {@link checkOptions}.
 */
export function checkAgainst<T extends object>(
  OptionClass: new () => T,
  given: object,
  of: string,
  beside: object = {},
): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new SessionConfigurationError(
      `options: expected an object with those of ${of}, got ${describeValue(given)}`,
    );
  }
  const declared = declaredOptions(OptionClass);
  const names = new Set(declared.keys());
  // Not plainToInstance: it empties a Uint8Array and copies stores. Not `new`: a field that the class declares would
  // look as if it had been given.
  const prototype = OptionClass.prototype as T;
  const checked = Object.assign(Object.create(prototype) as T, readMembers(given, names), beside);
  const faults = [
    ...strangersIn(given, names).map((name) => explainStranger(name, names, given, of)),
    ...validateSync(checked, { validationError: { target: false, value: false } }).map((fault) =>
      explain(fault, (checked as Record<string, unknown>)[fault.property], declared.get(fault.property)),
    ),
  ];
  if (faults.length > 0) throw new SessionConfigurationError(faults.join('; '));
  return checked;
}

/** What a class of options declares: each name, and whether it may be left out. */
function declaredOptions(OptionClass: new () => object): Map<string, { omittable: boolean }> {
  const declared = new Map<string, { omittable: boolean }>();
  const metadata = getMetadataStorage().getTargetValidationMetadatas(OptionClass, '', false, false);
  for (const { propertyName, type } of metadata) {
    const omittable = type === ValidationTypes.CONDITIONAL_VALIDATION;
    declared.set(propertyName, { omittable: omittable || declared.get(propertyName)?.omittable === true });
  }
  return declared;
}

function explainStranger(name: string, names: ReadonlySet<string>, given: object, of: string): string {
  const meant = didYouMean(name, names);
  const ownBusiness = meant === '' && isInstance(given) && Object.hasOwn(given, name);
  const remedy = ownBusiness ? '; what its class keeps for itself belongs in a #private field' : meant;
  return `${printable(name)}: not an option of ${of}${remedy}`;
}

function explain(
  { property, contexts }: ValidationError,
  value: unknown,
  declared: { readonly omittable: boolean } | undefined,
): string {
  const { expected, hint, describe = describeValue } = contexts?.[RULE] as OptionRule;
  const remedy = value === null && declared?.omittable === true ? '; leave it out for its default' : '';
  return `${property}: expected ${expected}${hint?.(value) ?? ''}, got ${describe(value)}${remedy}`;
}

function didYouMean(mistyped: string, names: Iterable<string>, quote = ''): string {
  const nearest = nearestName(mistyped, names);
  return nearest === undefined ? '' : `; did you mean ${quote}${nearest}${quote}?`;
}
