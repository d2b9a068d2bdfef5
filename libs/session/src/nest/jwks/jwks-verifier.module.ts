import {
  ConfigurableModuleBuilder,
  Inject,
  Logger,
  Module,
  Optional,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { checkVerifierOptions, createSessionVerifier } from '../../compose/create-session-verifier.js';
import type { JwksVerifierOptions } from '../../compose/verifier-options.js';
import { SessionConfigurationError } from '../../core/errors.js';
import { harmless } from '../../core/logger.js';
import { SessionValidator } from '../../core/session-validator.js';
import { SessionVerifier } from '../../managers/session-verifier.js';
import { Teardown } from '../cleanup/teardown.js';
import { refuseContradiction, requireOneNest, type ToldBeside } from '../module-definition.js';
import { GUARD_EXPORTS, guardProviders } from '../providers.js';
import { SessionModule } from '../session.module.js';
import { MODULE_SETTINGS, type ModuleSettings } from '../settings.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<JwksVerifierOptions>({
  moduleName: 'JwksVerifier',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createVerifierOptions')
  .build();

const LOGGER = new Logger(SessionVerifier.name);

/** Injects the options, checked, with the logger filled in. */
const VERIFIER_OPTIONS = Symbol.for('nestjs-session-manager.verifier-options');

/** What `JwksVerifierModule.forRootAsync` takes: where the options come from. */
export type JwksVerifierModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  Omit<JwksVerifierOptions, 'isGlobal'>,
  'createVerifierOptions'
> & {
  /** Whether other modules inject the verifier and the guards without importing this one. Default: `true`. */
  readonly isGlobal?: boolean;
};

/**
 * Guards a service with the tokens that another one issues, verified with that one's public keys: the same guards and
 * decorators, and no secret. Import it once, in the root module; it is global unless told otherwise.
 *
 * Without the issuer's `store` it cannot know of revocation: an access token is valid until it expires.
 */
@Module({
  providers: [
    {
      provide: SessionVerifier,
      useFactory: (options: JwksVerifierOptions) => createSessionVerifier(options),
      inject: [VERIFIER_OPTIONS],
    },
    { provide: SessionValidator, useExisting: SessionVerifier },
    ...guardProviders(VERIFIER_OPTIONS),
  ],
  exports: [SessionVerifier, ...GUARD_EXPORTS],
})
export class JwksVerifierModule implements OnApplicationShutdown {
  readonly #verifier: SessionVerifier;
  readonly #teardown: Teardown;

  /**
   * @internal Nest makes it.
   * @throws SessionConfigurationError at boot if the application has another module that guards, or runs on another copy
   * of Nest.
   */
  constructor(
    @Optional() modules: ModulesContainer,
    verifier: SessionVerifier,
    @Inject(MODULE_SETTINGS) { logger }: ModuleSettings,
  ) {
    requireOneNest(modules, JwksVerifierModule.name);
    const guarding = [...modules.values()].filter(
      ({ metatype }) => metatype === JwksVerifierModule || metatype === SessionModule,
    );
    if (guarding.length > 1) {
      throw new SessionConfigurationError(
        `JwksVerifierModule: expected no second one and no SessionModule beside it, got ${guarding.length} of them; ` +
          'a guard could not tell whose tokens it is to accept',
      );
    }
    this.#verifier = verifier;
    this.#teardown = new Teardown(logger);
  }

  /**
   * The module with options at hand, which are checked at boot.
   *
   * @param options where the keys come from, the issuer and the audience of its tokens, and what else there is.
   */
  static forRoot(options: JwksVerifierOptions): DynamicModule {
    return assemble(ConfigurableModuleClass.forRoot(options), options);
  }

  /**
   * As {@link forRoot}, with the options from a factory, a class or a provider.
   *
   * @param options `{ useFactory | useClass | useExisting, inject, imports, isGlobal }`.
   */
  static forRootAsync(options: JwksVerifierModuleAsyncOptions): DynamicModule {
    return assemble(ConfigurableModuleClass.forRootAsync(options), options);
  }

  /** Closes the verifier's stores. Waits ten seconds at most, and never rejects. */
  async onApplicationShutdown(): Promise<void> {
    // A test may have put something in the verifier's place that has nothing to close.
    const verifier: Partial<SessionVerifier> = this.#verifier;
    await this.#teardown.step('closing the stores', () => verifier.close?.());
  }
}

function assemble(base: DynamicModule, told: ToldBeside | undefined): DynamicModule {
  const { isGlobal } = told ?? {};
  const resolve = (given: JwksVerifierOptions) => {
    refuseContradiction(given, { isGlobal });
    const options = checkVerifierOptions(given, { isGlobal });
    return Object.assign(options, { logger: harmless(options.logger ?? LOGGER) });
  };
  return {
    ...base,
    module: JwksVerifierModule,
    global: isGlobal ?? true,
    providers: [
      ...(base.providers ?? []),
      { provide: VERIFIER_OPTIONS, useFactory: resolve, inject: [MODULE_OPTIONS_TOKEN] },
    ],
  };
}
