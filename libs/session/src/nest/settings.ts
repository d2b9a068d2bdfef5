import type {
  CleanupSchedule,
  ConnectionOptions,
  GuardOptions,
  RpcCredential,
} from '../compose/module-options.js';
import type { CheckOptions } from '../compose/boot-checks.js';
import type { EffectivePermissions } from '../core/effective-permissions.js';
import type { SessionLogger } from '../core/logger.js';
import type { SessionTransport } from '../core/session-transport.js';
import type { SessionInfo } from '../core/session.js';
import { BearerTransport } from './transports/bearer.transport.js';
import { SeveralTransports } from './transports/several-transports.js';

/** Injects the {@link ModuleSettings} of whichever module there is. */
export const MODULE_SETTINGS = Symbol.for('nestjs-session-manager.settings');

/**
 * The options that Nest acts on and managers leave to it, and two that both need. A guard, which lives in the module of
 * its controller, is handed these and not the options: they hold no key.
 */
export class ModuleSettings {
  readonly resolveUser?: (session: SessionInfo) => unknown;
  readonly rpcCredential?: RpcCredential;
  readonly effectivePermissions?: EffectivePermissions;
  readonly tellRefusalReason?: boolean;
  readonly cleanup?: CleanupSchedule | false;
  readonly connections?: ConnectionOptions | false;
  readonly checks?: CheckOptions;
  readonly transport: SessionTransport;
  readonly logger: SessionLogger;

  /** @param options checked, the logger among them. */
  constructor(
    options: GuardSettings &
      Partial<Pick<ModuleSettings, 'cleanup' | 'connections' | 'checks'>> &
      GivenTransport,
  ) {
    this.resolveUser = options.resolveUser;
    this.rpcCredential = options.rpcCredential;
    this.effectivePermissions = options.effectivePermissions;
    this.tellRefusalReason = options.tellRefusalReason;
    this.cleanup = options.cleanup;
    this.connections = options.connections;
    this.checks = options.checks;
    this.transport = oneTransport(options.transport ?? new BearerTransport());
    this.logger = options.logger;
  }
}

type GivenTransport = Pick<GuardOptions, 'transport'>;

function oneTransport(given: NonNullable<GivenTransport['transport']>): SessionTransport {
  return Array.isArray(given) ? new SeveralTransports(given) : (given as SessionTransport);
}

/** What guards go by: one that is made by hand, for a test, is given no more. */
export type GuardSettings = Omit<ModuleSettings, 'cleanup' | 'connections' | 'checks' | 'transport'>;
