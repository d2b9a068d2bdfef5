import type { TokenType } from '../../core/token-type.js';
import type { DatasetRequirement } from '../rules/metadata.js';

/** How a handler is reached. `handshake` is the connection to a gateway, before there are messages. */
export type HandlerKind = 'http' | 'sse' | 'graphql' | 'ws' | 'handshake' | 'rpc';

/**
 * Who gets in: `guarded` takes a credential, `guarded-with-dataset` one with a right on a dataset, `optional` one or none.
 * `public` is what somebody wrote `@Public()` on, `unguarded` what nobody said anything of.
 */
export type HandlerAccess = 'guarded' | 'guarded-with-dataset' | 'optional' | 'public' | 'unguarded';

/** A handler of the application, and who gets to it. */
export interface AuditedHandler {
  /** How it is reached. */
  readonly kind: HandlerKind;
  /**
   * What a client asks for: `GET /a/:id`, `Query q`, `Person.name`, `/chat msg`, `connect /chat`, or a pattern. The prefix
   * and the version that an application puts in front of its paths are not in it.
   */
  readonly entry: string;
  /** `Class.method`; of a handshake the class of the gateway. */
  readonly name: string;
  /** Who gets in. */
  readonly access: HandlerAccess;
  /** Tokens of which types, where a session guard looks at them. */
  readonly accept: readonly TokenType[];
  /** The rights that an API token needs. */
  readonly datasets: readonly DatasetRequirement[];
  /** The classes of further guards that run, of which nothing is known here. */
  readonly otherGuards: readonly string[];
}

/** What a {@link SessionAudit} cannot see for itself. */
export interface AuditOptions {
  /**
   * Whether the microservices of a hybrid application are connected with `inheritAppConfig: true`, so that `APP_GUARD`
   * reaches their handlers. Default: `false`.
   */
  readonly rpcInherits?: boolean;
}
