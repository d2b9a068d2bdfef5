import { randomBytes } from 'node:crypto';
import { hash, type Options } from '@node-rs/argon2';
import type { PasswordCost } from './password-cost.js';

/** `Algorithm.Argon2id`, which is a const enum that isolated modules cannot read. */
const ARGON2ID = 2 as NonNullable<Options['algorithm']>;

/** The Argon2id hash of a password, in PHC form: it names its own cost and salt. */
export function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  return hash(password, { ...cost, algorithm: ARGON2ID });
}

/** The hash of a password that nobody knows. */
export function hashOfNothing(cost: PasswordCost): Promise<string> {
  return hashPassword(randomPassword(), cost);
}

/** 96 random bits that need no quoting in a shell or in JSON. */
export function randomPassword(): string {
  return randomBytes(12).toString('base64url');
}
