import '../tokens/doorkeeper.spec.js';
import '../tokens/opaque-token.codec.spec.js';
import '../tokens/verified-tokens.spec.js';
