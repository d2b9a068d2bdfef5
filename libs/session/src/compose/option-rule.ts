import { getMetadataStorage, registerDecorator, ValidateIf } from 'class-validator';

/** What an option has to be, and the words for it. */
export interface OptionRule {
  /** Follows "expected". */
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
  /** Follows what was expected, where more can be said of what came: a member's name. Never a secret. */
  readonly hint?: (value: unknown) => string;
  /** Follows "got". Default: the kind and the size of a value, and never a text's content. */
  readonly describe?: (value: unknown) => string;
}

/** The name of the one constraint, under which class-validator hands its rule back. */
export const RULE = 'sessionOption';

/** A property decorator: the option has to keep to the rule. */
export function keepsTo(rule: OptionRule): PropertyDecorator {
  return (prototype, propertyName) =>
    registerDecorator({
      name: RULE,
      target: prototype.constructor,
      propertyName: propertyName as string,
      options: { message: rule.expected, context: rule },
      validator: { validate: rule.holds },
    });
}

/**
 * A property decorator: the option may be left out, or given as `undefined`. Not class-validator's `IsOptional`, which
 * lets `null` pass too: nobody could tell what that was to mean.
 */
export const IsOmittable = () => ValidateIf((_options, value) => value !== undefined);

type OptionClass = new () => object;

type AllOf<Classes extends readonly OptionClass[]> = Classes extends readonly [
  infer First extends OptionClass,
  ...infer Rest extends readonly OptionClass[],
]
  ? InstanceType<First> & AllOf<Rest>
  : unknown;

/**
 * A class to extend, with the options of all of these and their checks: an option that several strategies take is
 * declared once, and a strategy names the groups that it takes.
 */
export function allOf<Classes extends readonly OptionClass[]>(...classes: Classes): new () => AllOf<Classes> {
  class Combined {}
  const storage = getMetadataStorage();
  const checks = classes.flatMap((group) => storage.getTargetValidationMetadatas(group, '', false, false));
  for (const check of checks) storage.addValidationMetadata(Object.assign({}, check, { target: Combined }));
  return Combined as new () => AllOf<Classes>;
}
