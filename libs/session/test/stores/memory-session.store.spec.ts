import { describe, it } from '@jest/globals';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { describeSessionStore } from '../../src/testing/index.js';

describeSessionStore('MemorySessionStore', { describe, it }, () => ({ store: new MemorySessionStore() }));
