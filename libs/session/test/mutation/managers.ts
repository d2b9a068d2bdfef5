import '../managers/api-tokens.spec.js';
import '../managers/lifetimes.spec.js';
import '../managers/limits.spec.js';
import '../managers/no-auth.spec.js';
import '../managers/refusals.spec.js';
import '../managers/sessions.spec.js';
import '../managers/specification.spec.js';
import '../nest/jwks.spec.js';
