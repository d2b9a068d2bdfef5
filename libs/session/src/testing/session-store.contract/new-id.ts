import assert from 'node:assert/strict';
import type { SessionStore } from '../../core/session-store.js';
import type { Promises } from '../test-api.js';
import { added, idsOf, sameRecord } from './fixtures.js';

export function newIdPromises(promise: Promises<SessionStore>): void {
  promise('newId, where there is one, makes ids of 22 characters, no two alike', async (store) => {
    if (store.newId === undefined) return;
    const users = ['alice', 'bob', 'alice', '', '__proto__', '{alice}', 'ä'.repeat(256)];
    const ids = users.flatMap((user) => Array.from({ length: 100 }, () => store.newId!(user)));
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) {
      assert.match(id, /^[\w-]{22}$/);
      assert.equal(Buffer.from(id, 'base64url').toString('base64url'), id, 'spelt in the one way there is');
    }
  });

  promise('a session is there under the id that the store made for it', async (store, start) => {
    if (store.newId === undefined) return;
    const [mine, theirs] = [store.newId('alice'), store.newId('bob')];
    const record = await added(store, start, { id: mine });
    await added(store, start, { id: theirs, username: 'bob' });
    sameRecord(await store.find(mine, start), record);
    assert.deepEqual(idsOf(await store.listByUser('alice', start)), [mine]);
  });
}
