import { ConfigurableModuleBuilder, type ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { OptionsOf, SessionOptions } from '../compose/options.js';
import type { EffectivePermissions } from '../core/effective-permissions.js';
import { SessionConfigurationError } from '../core/errors.js';
import type { SessionLogger } from '../core/logger.js';
import type { SessionStrategy } from '../core/session-policy.js';
import type { SessionInfo } from '../core/session.js';
import { describeValue, printable } from '../core/text.js';
import type { Telling } from './contexts/http/http-errors.js';

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

/** What a module is told beside its options, because it has to be known before a factory is asked. */
export interface ToldBeside {
  /** Absent where there is none to choose. */
  readonly strategy?: SessionStrategy;
  readonly isGlobal?: boolean;
}

/**
 * What is told beside the factory has been acted upon when the factory is asked.
 *
 * @throws SessionConfigurationError if the factory says otherwise.
 */
export function refuseContradiction(
  given: ToldBeside | undefined,
  { strategy, isGlobal = true }: ToldBeside,
): void {
  for (const [name, told] of Object.entries({ strategy, isGlobal })) {
    const said: unknown = given?.[name as keyof ToldBeside];
    if (said === undefined || said === told) continue;
    throw new SessionConfigurationError(
      `${name}: forRootAsync was told ${spelt(told)}, its factory says ${spelt(said)}`,
    );
  }
}

function spelt(value: unknown): string {
  return typeof value === 'string' ? `"${printable(value)}"` : describeValue(value);
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
