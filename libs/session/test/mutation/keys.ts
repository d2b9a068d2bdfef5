import '../compose/options.spec.js';
import '../compose/session-keys.spec.js';
import '../tokens/asymmetric.spec.js';
import '../tokens/issued-token.reader.spec.js';
import '../tokens/remote-key-set.spec.js';
import '../tokens/secret-key.spec.js';
