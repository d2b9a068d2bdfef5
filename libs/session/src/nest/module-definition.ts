import { ConfigurableModuleBuilder, type ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { OptionsOf, SessionOptions } from '../compose/options.js';
import type { EffectivePermissions } from '../core/effective-permissions.js';
import type { SessionLogger } from '../core/logger.js';
import type { SessionStrategy } from '../core/session-policy.js';
import type { SessionInfo } from '../core/session.js';
import type { Telling } from './http-errors.js';

/** The options as the application gave them, unchecked. */
export type GivenOptions = Partial<SessionOptions>;

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<GivenOptions>({
  moduleName: 'Session',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSessionOptions')
  .build();

/** Injects the options, checked, with the strategy and the logger filled in; they hold the key and stay inside. */
export const SESSION_OPTIONS = Symbol.for('nestjs-session-manager.options');

/** Injects what a guard, which lives in the module of its controller, needs of the options. */
export const GUARD_SETTINGS = Symbol.for('nestjs-session-manager.guard-settings');

export interface GuardSettings extends Telling {
  readonly resolveUser?: (session: SessionInfo) => unknown;
  readonly effectivePermissions?: EffectivePermissions;
  readonly logger: SessionLogger;
}

/** A strategy's options without its name, which `forRootAsync` knows already. */
export type OptionsWithoutStrategy<S extends SessionStrategy = SessionStrategy> = S extends SessionStrategy
  ? Omit<OptionsOf<S>, 'strategy' | 'isGlobal'>
  : never;

/** The provider of options that `useClass` and `useExisting` name. */
export interface SessionOptionsFactory<S extends SessionStrategy = SessionStrategy> {
  /** Called once, at boot. */
  createSessionOptions(): Promise<OptionsWithoutStrategy<S>> | OptionsWithoutStrategy<S>;
}

/**
 * What `SessionModule.forRootAsync` takes: where the options come from, and the strategy, which is static so that
 * the class of the manager is known before.
 */
export type SessionModuleAsyncOptions<S extends SessionStrategy = SessionStrategy> = S extends SessionStrategy
  ? ConfigurableModuleAsyncOptions<OptionsWithoutStrategy<S>, 'createSessionOptions'> & {
      /** Which strategy; the options leave it out. */
      readonly strategy: S;
      /** Whether other modules inject manager and guards without importing `SessionModule`. Default: `true`. */
      readonly isGlobal?: boolean;
    }
  : never;
