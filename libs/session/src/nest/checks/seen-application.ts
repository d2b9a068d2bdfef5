import type { AuditedHandler } from '../audit/audited-handler.js';
import type { SessionConnections } from '../connections/session-connections.js';

/** What is known of an application when it has booted. */
export interface SeenApplication {
  readonly handlers: readonly AuditedHandler[];
  /** Whether a session guard is bound for the whole application, by `APP_GUARD`. */
  readonly isBound: boolean;
  /** Whether guards were handed to `useGlobalGuards()`; `true` too where that cannot be known. */
  readonly mayHaveOthers: boolean;
  /** The major version of Nest; `undefined` where that cannot be known. */
  readonly nest: number | undefined;
  /** Whether it answers HTTP. */
  readonly hasServer: boolean;
  readonly connections: SessionConnections;
}

/** The names of handlers, in a sentence. */
export function named(handlers: readonly AuditedHandler[]): string {
  return handlers.map(({ name }) => name).join(', ');
}

/** Handlers of messages whose gateway lets anybody connect that nobody looked at. */
export function behindOpenHandshakes(handlers: readonly AuditedHandler[]): AuditedHandler[] {
  const open = handlers.filter(({ kind, access }) => kind === 'handshake' && access === 'unguarded');
  return handlers.filter(
    ({ kind, name }) => kind === 'ws' && open.some((handshake) => name.startsWith(`${handshake.name}.`)),
  );
}
