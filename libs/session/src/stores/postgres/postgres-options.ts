import {
  resolveRemoteOptions,
  wrongOption,
  type RemoteOptions,
  type RemoteSessionOptions,
  type ResolvedRemoteOptions,
} from '../remote/remote-options.js';

/** What the PostgreSQL stores have in common; each has a default. */
export interface PostgresOptions extends RemoteOptions {
  /**
   * The schema that tables and functions lie in, and that keeps several applications apart in one database: 1 to 40 letters,
   * digits, `.`, `:`, `_` and `-`. Stores of one application share it. Default: `'nsm'`.
   */
  readonly schema?: string;
}

/** What {@link PostgresSessionStore} takes; each has a default. */
export interface PostgresSessionStoreOptions extends PostgresOptions, RemoteSessionOptions {}

/** The options, each with its value. */
export type ResolvedOptions = ResolvedRemoteOptions & { readonly schema: string };

/** @throws SessionConfigurationError for one that is out of its range. */
export function resolveOptions(given: PostgresOptions): ResolvedOptions {
  return { ...resolveRemoteOptions(given), schema: checkSchema(given.schema) };
}

/** @throws SessionConfigurationError unless it can be the name of a schema, and of channels with more behind it. */
export function checkSchema(schema: unknown = 'nsm'): string {
  if (typeof schema === 'string' && /^[\w.:-]{1,40}$/.test(schema)) return schema;
  throw wrongOption('schema', '1 to 40 letters, digits, dots, colons, underscores and hyphens', schema);
}
