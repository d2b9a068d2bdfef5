import { Inject, Injectable, Optional, type OnApplicationBootstrap } from '@nestjs/common';
import { ExternalContextCreator, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { BootChecks } from '../../compose/boot-checks.js';
import { installedMajor } from '../../util/installed-major.js';
import { globalGuards, isSessionGuard } from '../audit/bound-guards.js';
import { SessionAudit } from '../audit/session-audit.js';
import { SessionConnections } from '../connections/session-connections.js';
import { MODULE_SETTINGS, type ModuleSettings } from '../settings.js';
import { bareGateway } from './bare-gateway.js';
import { datasetWithoutGuard } from './dataset-without-guard.js';
import { hybridRpc } from './hybrid-rpc.js';
import { lateEnds } from './late-ends.js';
import { openGateway } from './open-gateway.js';
import type { SeenApplication } from './seen-application.js';
import { mayHaveUnboundGuards } from './unbound-guards.js';

const CHECKS = [
  ['dataset-without-guard', datasetWithoutGuard],
  ['open-gateway', openGateway],
  ['bare-gateway', bareGateway],
  ['hybrid-rpc', hybridRpc],
  ['late-ends', lateEnds],
] as const;

/**
 * The checks that look at the application: when it has booted, and gateways have their servers. Those that look at options
 * alone are the manager's (`compose/checked-options.ts`).
 */
@Injectable()
export class SessionChecks implements OnApplicationBootstrap {
  /** @param modules with what follows optional for Nest only: on another copy of it, `SessionModule` refuses, in its own words. */
  constructor(
    @Inject(MODULE_SETTINGS) private readonly settings: Pick<ModuleSettings, 'checks' | 'logger'>,
    private readonly audit: SessionAudit,
    private readonly connections: SessionConnections,
    @Optional() private readonly modules: ModulesContainer,
    @Optional() private readonly server: HttpAdapterHost,
    @Optional() private readonly contexts: ExternalContextCreator,
  ) {}

  /** @throws SessionConfigurationError for what is wrong for certain, where the option `checks` says to refuse. */
  onApplicationBootstrap(): void {
    const { checks, logger } = this.settings;
    if (checks?.level === false) return;
    const boot = new BootChecks(checks, logger);
    const seen = this.#seen();
    for (const [name, look] of CHECKS) {
      const problem = look(seen);
      if (problem !== undefined) boot.found(name, problem);
    }
  }

  #seen(): SeenApplication {
    return {
      handlers: this.audit.handlers(),
      isBound: globalGuards(this.modules).some(isSessionGuard),
      mayHaveOthers: mayHaveUnboundGuards(this.contexts, globalGuards(this.modules).length),
      nest: installedMajor('@nestjs/core'),
      hasServer: Boolean(this.server.httpAdapter),
      connections: this.connections,
    };
  }
}
