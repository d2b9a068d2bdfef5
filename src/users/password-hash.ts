import { randomBytes } from 'node:crypto';
import { hash, type Algorithm } from '@node-rs/argon2';
import type { PasswordCost } from './password-cost.js';

/** `Algorithm.Argon2id`: a const enum, which isolated modules cannot read. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const ARGON2ID: Algorithm.Argon2id = 2;

/** The Argon2id hash of a password, in PHC form: it names its own cost and salt. */
export function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  return hash(password, { ...cost, algorithm: ARGON2ID });
}

/** 96 random bits that need no quoting in a shell or in JSON. */
export function randomPassword(): string {
  return randomBytes(12).toString('base64url');
}
