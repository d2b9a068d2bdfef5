import { createHmac, randomBytes } from 'node:crypto';
import { KEY } from './signing.js';

const FOREIGN_KEY = randomBytes(64);

/** The same header and claims, signed with a key that is not ours. */
export function forged(token: string): string {
  return signed(token.slice(0, token.lastIndexOf('.')), FOREIGN_KEY);
}

/** The same token as it would be had it expired an hour ago, genuinely signed. */
export function expired(token: string): string {
  const [header, body] = token.split('.') as [string, string];
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const lapsed = { ...claims, exp: Math.floor(Date.now() / 1000) - 3600 };
  return signed(`${header}.${Buffer.from(JSON.stringify(lapsed)).toString('base64url')}`, KEY);
}

/** The same text but for one character. */
export function spoiled(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

function signed(headerAndClaims: string, key: Buffer): string {
  return `${headerAndClaims}.${createHmac('sha512', key).update(headerAndClaims).digest('base64url')}`;
}
