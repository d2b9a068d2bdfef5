import '../tokens/jws.spec.js';
import '../tokens/jwt-strictness.spec.js';
import '../tokens/jwt-token.codec.spec.js';
import '../tokens/wrapped-token.spec.js';
