import { ConfigurableModuleBuilder, type ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { OptionsOf, SessionOptions } from '../compose/options.js';
import { SessionConfigurationError } from '../core/errors.js';
import type { SessionStrategy } from '../core/session-policy.js';
import { describeValue, printable } from '../util/text.js';

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

/**
 * Refuses to boot on another copy of Nest than the one that the library imports, as a linked package or a second major
 * brings along: Nest injects by class, and that copy's classes are others. It would say that it cannot find its own
 * `ModulesContainer`.
 *
 * @param modules what Nest injected; `undefined` if it has another class of that name.
 */
export function requireOneNest(
  modules: ModulesContainer | undefined,
  module: string,
): asserts modules is ModulesContainer {
  if (modules !== undefined) return;
  throw new SessionConfigurationError(
    `${module}: the application runs on another copy of @nestjs/core than the one that nestjs-session-manager imports; ` +
      '"npm ls @nestjs/core @nestjs/common" shows both, and one version for all and "npm dedupe" make them one',
  );
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
