import { describe, it } from '@jest/globals';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { describeApiTokenStore } from '../../src/testing/index.js';

describeApiTokenStore('MemoryApiTokenStore', { describe, it }, () => ({ store: new MemoryApiTokenStore() }));
