export { ensureSchema, type SchemaOptions } from './ensure-schema.js';
export { PostgresApiTokenStore } from './postgres-api-token.store.js';
export { PostgresSessionStore } from './postgres-session.store.js';
export type { PostgresOptions, PostgresSessionStoreOptions } from './postgres-options.js';
export type { PostgresPool, PostgresPoolClient, PostgresRows } from './postgres-client.js';
export type { BreakerOptions } from '../remote/breaker.js';
export type { NearCacheOptions, NearCacheStats } from '../remote/near-cache.js';
