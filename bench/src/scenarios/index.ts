import type { Scenario } from '../harness/contest.js';
import { browse } from './browse.js';
import { cleanUp } from './clean-up.js';
import { createWithOneSlotFree } from './create-with-one-slot-free.js';
import { flood } from './flood.js';
import { catchUp, longUse } from './long-use.js';
import { memory } from './memory.js';
import { idleConnections, openConnections } from './open-connections.js';
import { httpExpress, httpFastify } from './http.js';
import { redisCleanUp } from './redis-clean-up.js';
import { redisGrowth } from './redis-growth.js';
import { redisMemory } from './redis-memory.js';
import { redisNearCache } from './redis-near-cache.js';
import { redisRevocation } from './redis-revocation.js';
import { redisServerCpu } from './redis-server-cpu.js';
import { redisValidate, redisValidateBusy, redisValidateFar } from './redis-validate.js';
import { refreshJwt } from './refresh-jwt.js';
import { refreshOpaque } from './refresh-opaque.js';
import { refuseCreateAtLimit } from './refuse-create-at-limit.js';
import { refuseForgedJwt } from './refuse-forged-jwt.js';
import { signJwt } from './sign-jwt.js';
import { tokenFile } from './token-file.js';
import { validateJwtFirstSeen } from './validate-jwt-first-seen.js';
import { validateJwtRepeated, validateJwtRepeated20 } from './validate-jwt-repeated.js';
import { validateOpaqueRepeated } from './validate-opaque-repeated.js';

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  validateJwtFirstSeen,
  validateJwtRepeated,
  validateJwtRepeated20,
  refuseForgedJwt,
  signJwt,
  validateOpaqueRepeated,
  refreshJwt,
  refreshOpaque,
  refuseCreateAtLimit,
  createWithOneSlotFree,
  cleanUp,
  browse,
  tokenFile,
  memory,
  openConnections,
  idleConnections,
  longUse,
  catchUp,
  flood,
  httpFastify,
  httpExpress,
  redisValidate('ioredis'),
  redisValidate('node-redis'),
  redisValidateFar('ioredis'),
  redisValidateFar('node-redis'),
  redisValidateBusy('ioredis'),
  redisValidateBusy('node-redis'),
  redisServerCpu,
  redisGrowth,
  redisMemory,
  redisNearCache,
  redisRevocation,
  redisCleanUp,
];
