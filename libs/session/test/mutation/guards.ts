import '../nest/effective-permissions.spec.js';
import '../nest/guards.spec.js';
import '../nest/module.spec.js';
import '../nest/refusal-reason.spec.js';
import '../nest/teaching.spec.js';
