import '../stores/memory-api-token.store.spec.js';
import '../stores/memory-indexes.spec.js';
import '../stores/memory-session.store.spec.js';
import '../stores/memory-tombstones.spec.js';
import '../managers/refusals.spec.js';
