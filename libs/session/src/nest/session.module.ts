import { Module, type DynamicModule } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { OptionsOf } from '../compose/options.js';
import { SessionConfigurationError } from '../core/errors.js';
import type { SessionStrategy } from '../core/session-policy.js';
import { ConfigurableModuleClass, type SessionModuleAsyncOptions } from './module-definition.js';
import { sessionExports, sessionProviders } from './providers.js';

/**
 * Provides the session manager of one strategy, the guards and the scheduled clean-up. Import it once, in the root
 * module; it is global unless told otherwise.
 */
@Module({})
export class SessionModule {
  /**
   * @internal Nest makes it.
   * @throws {@link SessionConfigurationError} at boot if the application has a second instance.
   */
  constructor(modules: ModulesContainer) {
    const instances = [...modules.values()].filter(({ metatype }) => metatype === SessionModule);
    if (instances.length > 1) {
      throw new SessionConfigurationError(
        `SessionModule: expected one instance in an application, got ${instances.length}; each would keep sessions ` +
          'that the other does not know. Call forRoot once, in the root module: it is global',
      );
    }
  }

  /**
   * The module with options at hand, which are checked at boot: a wrong one, or one of another strategy, is a
   * {@link SessionConfigurationError}.
   *
   * @param options the name of a strategy, or its options.
   */
  static forRoot<S extends SessionStrategy>(
    options: S | (OptionsOf<S> & { readonly strategy: S }),
  ): DynamicModule {
    const given = (
      typeof options === 'string' ? { strategy: options } : options
    ) as OptionsOf<SessionStrategy>;
    return assemble(ConfigurableModuleClass.forRoot(given), given?.strategy, given?.isGlobal);
  }

  /**
   * As {@link forRoot}, with the options from a factory, a class or a provider; the strategy is given here.
   *
   * @param options `{ strategy, useFactory | useClass | useExisting, inject, imports, isGlobal }`.
   */
  static forRootAsync<S extends SessionStrategy>(options: SessionModuleAsyncOptions<S>): DynamicModule {
    const { strategy, isGlobal, ...source } = options as SessionModuleAsyncOptions<'jwt'>;
    return assemble(ConfigurableModuleClass.forRootAsync(source), strategy, isGlobal);
  }
}

function assemble(base: DynamicModule, strategy: SessionStrategy, isGlobal = true): DynamicModule {
  return {
    ...base,
    module: SessionModule,
    global: isGlobal,
    providers: [...(base.providers ?? []), ...sessionProviders(strategy)],
    exports: sessionExports(strategy),
  };
}
