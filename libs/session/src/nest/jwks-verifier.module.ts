import {
  ConfigurableModuleBuilder,
  Logger,
  Module,
  Optional,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { createSessionVerifier } from '../compose/create-session-verifier.js';
import type { JwksVerifierOptions } from '../compose/verifier-options.js';
import { SessionConfigurationError } from '../core/errors.js';
import { SessionValidator } from '../core/session-validator.js';
import { SessionVerifier } from '../managers/session-verifier.js';
import { GUARD_SETTINGS, type GuardSettings } from './module-definition.js';
import { requireOneNest } from './one-nest.js';
import { GUARD_EXPORTS, GUARD_PROVIDERS } from './providers.js';
import { SessionModule } from './session.module.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<JwksVerifierOptions>({
  moduleName: 'JwksVerifier',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createVerifierOptions')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

const LOGGER = new Logger(SessionVerifier.name);

/**
 * Guards a service with the tokens that another one issues, verified with that one's public keys: the same guards and
 * decorators, and no secret. Import it once, in the root module; it is global unless told otherwise.
 *
 * Without the issuer's `store` it cannot know of revocation: an access token opens until it expires.
 */
@Module({
  providers: [
    {
      provide: SessionVerifier,
      useFactory: (options: JwksVerifierOptions) =>
        createSessionVerifier(Object.assign({ logger: LOGGER }, options)),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    {
      provide: GUARD_SETTINGS,
      useFactory: ({
        resolveUser,
        effectivePermissions,
        logger = LOGGER,
      }: JwksVerifierOptions): GuardSettings => ({
        resolveUser,
        effectivePermissions,
        logger,
      }),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    { provide: SessionValidator, useExisting: SessionVerifier },
    ...GUARD_PROVIDERS,
  ],
  exports: [SessionVerifier, ...GUARD_EXPORTS],
})
export class JwksVerifierModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  readonly #verifier: SessionVerifier;

  /**
   * @throws SessionConfigurationError at boot if the application has another module that guards, or runs on another copy
   * of Nest.
   */
  constructor(@Optional() modules: ModulesContainer, verifier: SessionVerifier) {
    super();
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
  }

  /** Closes the verifier's stores. */
  async onApplicationShutdown(): Promise<void> {
    // A test may have put something in the verifier's place that has nothing to close.
    await (this.#verifier as Partial<SessionVerifier>).close?.();
  }
}
