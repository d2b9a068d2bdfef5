import { randomBytes } from 'node:crypto';

/** What all contestants agree on, so that they verify the very same tokens: 422 characters long with these names. */
export const ALGORITHM = 'HS512';
/** Of 64 characters, since some want it as a string. */
export const KEY = Buffer.from(randomBytes(48).toString('base64url'));
export const ISSUER = 'https://auth.example.org/realms/plantdb';
export const AUDIENCE = 'https://plantdb.example.org/api';

export function username(number: number): string {
  return `researcher-${String(number).padStart(6, '0')}@phenotyping.example.org`;
}
