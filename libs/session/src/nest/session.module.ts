import { Module, Optional, type DynamicModule } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { OptionsOf, SessionOptions } from '../compose/options.js';
import { SessionConfigurationError } from '../core/errors.js';
import type { SessionStrategy } from '../core/session-policy.js';
import {
  ConfigurableModuleClass,
  requireOneNest,
  SESSION_OPTIONS,
  type SessionModuleAsyncOptions,
  type ToldBeside,
} from './module-definition.js';
import { sessionExports, sessionProviders } from './providers.js';

const CALL_IT_ONCE =
  'call SessionModule.forRoot(…) once, in the root module: it is global, and with isGlobal: false other modules ' +
  'import what that call returned';

/**
 * Provides the session manager of one strategy, the guards and the scheduled clean-up. Import it once, in the root
 * module; it is global unless told otherwise.
 */
@Module({
  // In the place of this one `forRoot` puts its own. Nothing comes before a factory that waits for nothing, so whoever
  // imports the bare class reads this, and not that something else cannot be resolved.
  providers: [{ provide: SESSION_OPTIONS, useFactory: refuseBareImport }],
})
export class SessionModule {
  /**
   * @internal Nest makes it.
   * @throws {@link SessionConfigurationError} at boot if the application has a second instance, or runs on another copy
   * of Nest.
   */
  constructor(@Optional() modules: ModulesContainer) {
    requireOneNest(modules, SessionModule.name);
    const instances = [...modules.values()].filter(({ metatype }) => metatype === SessionModule);
    if (instances.length > 1) {
      throw new SessionConfigurationError(
        `SessionModule: expected one instance in an application, got ${instances.length}, of which none knows the ` +
          `sessions of another; ${CALL_IT_ONCE}`,
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
    return assemble(ConfigurableModuleClass.forRoot(given), given);
  }

  /**
   * As {@link forRoot}, with the options from a factory, a class or a provider; the strategy is given here.
   *
   * @param options `{ strategy, useFactory | useClass | useExisting, inject, imports, isGlobal }`.
   */
  static forRootAsync<S extends SessionStrategy>(options: SessionModuleAsyncOptions<S>): DynamicModule {
    const source = options as SessionModuleAsyncOptions<'jwt'>;
    return assemble(ConfigurableModuleClass.forRootAsync(source), source);
  }
}

function assemble(base: DynamicModule, told: ToldBeside | undefined): DynamicModule {
  // A string, or nothing at all, from JavaScript: told at boot, as all that is wrong with options.
  const { strategy, isGlobal } = (told ?? {}) as SessionOptions;
  return {
    ...base,
    module: SessionModule,
    global: isGlobal ?? true,
    providers: [...(base.providers ?? []), ...sessionProviders({ strategy, isGlobal })],
    exports: sessionExports(strategy),
  };
}

function refuseBareImport(): never {
  throw new SessionConfigurationError(`SessionModule: imported without a strategy; ${CALL_IT_ONCE}`);
}
