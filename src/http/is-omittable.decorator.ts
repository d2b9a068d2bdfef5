import { ValidateIf } from 'class-validator';

/** The member may be left out; `null` is not the same, which `IsOptional` would let through. */
export const IsOmittable = () => ValidateIf((_, value) => value !== undefined);
