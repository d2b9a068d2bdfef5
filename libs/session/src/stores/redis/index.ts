export { RedisApiTokenStore } from './redis-api-token.store.js';
export { RedisSessionStore } from './redis-session.store.js';
export type { RedisOptions, RedisSessionStoreOptions, RevokeDurability } from './redis-options.js';
export type { IoRedisClient, NodeRedisClient, RedisClient } from './redis-client.js';
export type { BreakerOptions } from '../remote/breaker.js';
export type { NearCacheOptions, NearCacheStats } from '../remote/near-cache.js';
