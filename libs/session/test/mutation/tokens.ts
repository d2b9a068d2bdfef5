import '../compose/session-keys.spec.js';
import '../tokens/asymmetric.spec.js';
import '../tokens/jwt-strictness.spec.js';
import '../tokens/jwt-token.codec.spec.js';
import '../tokens/opaque-token.codec.spec.js';
import '../tokens/remote-key-set.spec.js';
import '../tokens/secret-key.spec.js';
import '../tokens/wrapped-token.spec.js';
