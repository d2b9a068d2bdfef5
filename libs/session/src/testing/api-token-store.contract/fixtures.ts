import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApiTokenRecord, ApiTokenStore, SignedApiToken } from '../../core/api-token-store.js';
import { SECOND } from '../../util/clock.js';

/** How long a fixture's token lasts, in milliseconds. */
export const LIFETIME = 3600 * SECOND;

/** Registers a token of alice's, issued now. */
export async function put(
  store: ApiTokenStore,
  at: number,
  given: Partial<ApiTokenRecord> = {},
): Promise<ApiTokenRecord> {
  const record = recordOf(at, given);
  assert.equal(await store.put(record, at), true);
  return record;
}

export function recordOf(at: number, given: Partial<ApiTokenRecord> = {}): ApiTokenRecord {
  return { jti: randomUUID(), username: 'alice', issuedAt: at, expiresAt: at + LIFETIME, ...given };
}

/** Registers a token as another program does, which knows no more than these. */
export async function putOwnerless(store: ApiTokenStore, at: number): Promise<ApiTokenRecord> {
  const record = { jti: randomUUID(), expiresAt: at + LIFETIME };
  assert.equal(await store.put(record, at), true);
  return record;
}

export function signedBy(username: string, issuedAt: number): SignedApiToken {
  return { username, issuedAt };
}

/** A record without its members of value `undefined`. */
export function said(record: ApiTokenRecord | undefined): Record<string, unknown> | undefined {
  return record && Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
