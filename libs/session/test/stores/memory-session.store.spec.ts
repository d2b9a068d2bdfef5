import { describe, expect, it } from '@jest/globals';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { describeSessionStore } from '../../src/testing/index.js';

describeSessionStore('MemorySessionStore', { describe, it }, () => ({ store: new MemorySessionStore() }));

describe('MemorySessionStore', () => {
  it('says that no other process sees its sessions', () => {
    expect(new MemorySessionStore().shared).toBe(false);
  });
});
