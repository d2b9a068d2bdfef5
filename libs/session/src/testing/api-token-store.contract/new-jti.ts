import assert from 'node:assert/strict';
import type { ApiTokenStore } from '../../core/api-token-store.js';
import type { Promises } from '../test-api.js';
import { put, signedBy } from './fixtures.js';

export function newJtiPromises(promise: Promises<ApiTokenStore>): void {
  promise('newJti, where there is one, makes names of 22 characters, no two alike', async (store) => {
    if (store.newJti === undefined) return;
    const users = ['alice', 'bob', 'alice', '', '__proto__', '{alice}', 'ä'.repeat(256)];
    const jtis = users.flatMap((user) => Array.from({ length: 100 }, () => store.newJti!(user)));
    assert.equal(new Set(jtis).size, jtis.length);
    for (const jti of jtis) assert.match(jti, /^[\w-]{22}$/);
  });

  promise('a token is there under the jti that the store made for it', async (store, start) => {
    if (store.newJti === undefined) return;
    const { jti } = await put(store, start, { jti: store.newJti('alice') });
    await put(store, start, { jti: store.newJti('bob'), username: 'bob' });
    assert.ok(await store.access(jti, signedBy('alice', start), start));
    assert.deepEqual(
      (await store.listByUser('alice', start)).map((token) => token.jti),
      [jti],
    );
  });
}
