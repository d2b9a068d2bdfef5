import { randomBytes } from 'node:crypto';

/** What all contestants agree on, so that they verify the very same tokens: 422 characters long with these names. */
export const ALGORITHM = 'HS512';
export const KEY = randomBytes(64);
export const ISSUER = 'https://auth.example.org/realms/plantdb';
export const AUDIENCE = 'https://plantdb.example.org/api';

export function username(number: number): string {
  return `researcher-${String(number).padStart(6, '0')}@phenotyping.example.org`;
}
