import { Logger, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { checkOptions } from '../compose/check-options.js';
import { createSessionManager } from '../compose/create-session-manager.js';
import type { SessionOptions } from '../compose/options.js';
import { harmless } from '../core/logger.js';
import { SessionKeys } from '../core/session-keys.js';
import type { SessionStrategy } from '../core/session-policy.js';
import { SessionTransport } from '../core/session-transport.js';
import { SessionValidator } from '../core/session-validator.js';
import { JwtSessionManager } from '../managers/jwt-session.manager.js';
import { NoAuthSessionManager } from '../managers/no-auth-session.manager.js';
import { SessionManager } from '../managers/session.manager.js';
import { SingleSessionManager } from '../managers/single-session.manager.js';
import { SessionAudit } from './audit/session-audit.js';
import { SessionConnections } from './connections/session-connections.js';
import { SessionChecks } from './checks/session-checks.js';
import { SessionCleanup } from './cleanup/session-cleanup.js';
import { SessionExceptionFilter } from './contexts/http/session-exception.filter.js';
import { DatasetGuard } from './guards/dataset.guard.js';
import { SessionGuard } from './guards/session.guard.js';
import {
  MODULE_OPTIONS_TOKEN,
  refuseContradiction,
  SESSION_OPTIONS,
  type GivenOptions,
  type ToldBeside,
} from './module-definition.js';
import { MODULE_SETTINGS, ModuleSettings, type GuardSettings } from './settings.js';

const MANAGERS: Readonly<Record<SessionStrategy, Type<SessionManager>>> = {
  token: SessionManager,
  single: SingleSessionManager,
  jwt: JwtSessionManager,
  'no-auth': NoAuthSessionManager,
};

/**
 * The guards, what they are made of beside a `SessionValidator`, and what answers for their errors.
 *
 * @param options what injects the options of the module, checked.
 */
export function guardProviders(options: symbol): Provider[] {
  return [
    {
      provide: MODULE_SETTINGS,
      useFactory: (checked: GuardSettings) => new ModuleSettings(checked),
      inject: [options],
    },
    {
      provide: SessionTransport,
      useFactory: ({ transport }: ModuleSettings) => transport,
      inject: [MODULE_SETTINGS],
    },
    { provide: APP_FILTER, useClass: SessionExceptionFilter },
    SessionConnections,
    SessionGuard,
    DatasetGuard,
    SessionAudit,
    SessionChecks,
  ];
}

/** What the module of a controller needs, so that its guards can be made there; and who tells of all of them. */
export const GUARD_EXPORTS: readonly (Type<unknown> | symbol)[] = [
  SessionValidator as Type<unknown>,
  SessionGuard,
  DatasetGuard,
  SessionConnections,
  SessionTransport as Type<unknown>,
  MODULE_SETTINGS,
  SessionAudit,
];

/** What other modules may inject. */
export function sessionExports(strategy: SessionStrategy): (Type<unknown> | symbol)[] {
  const shared = [SessionManager, SessionKeys as Type<unknown>, ...GUARD_EXPORTS];
  const concrete = MANAGERS[strategy];
  return concrete === undefined || concrete === SessionManager ? shared : [...shared, concrete];
}

/** @param beside what `forRoot` and `forRootAsync` are told beside what the factory gives. */
export function sessionProviders(beside: ToldBeside & Pick<SessionOptions, 'strategy'>): Provider[] {
  const { strategy } = beside;
  return [
    {
      provide: SESSION_OPTIONS,
      useFactory: (given: GivenOptions) => resolveOptions(given, beside),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    {
      provide: SessionManager,
      useFactory: (options: SessionOptions) => createSessionManager(options),
      inject: [SESSION_OPTIONS],
    },
    ...aliases(strategy),
    { provide: SessionValidator, useExisting: SessionManager },
    { provide: SessionKeys, useFactory: ({ keys }: SessionManager) => keys, inject: [SessionManager] },
    ...guardProviders(SESSION_OPTIONS),
    SessionCleanup,
  ];
}

/** The concrete class is another name for `SessionManager`, so that overriding that replaces both. */
function aliases(strategy: SessionStrategy): Provider[] {
  const concrete = MANAGERS[strategy];
  if (concrete === undefined || concrete === SessionManager) return [];
  return [{ provide: concrete, useExisting: SessionManager }];
}

function resolveOptions(given: GivenOptions, beside: ToldBeside): SessionOptions {
  refuseContradiction(given, beside);
  const options = checkOptions(given, beside);
  return Object.assign(options, { logger: harmless(options.logger ?? new Logger(SessionManager.name)) });
}
