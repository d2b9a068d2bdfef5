import { Controller, Get, Header, VERSION_NEUTRAL, type OnModuleInit } from '@nestjs/common';
import { SessionConfigurationError } from '../../core/errors.js';
import { SessionKeys, type JwkSet } from '../../core/session-keys.js';
import { Public } from '../rules/route-access.decorators.js';

/**
 * Publishes the public keys at `/.well-known/jwks.json` (RFC 7517), for other services to verify tokens with. It is
 * the application's to register: `controllers: [JwksController]`.
 */
@Public()
@Controller({ path: '.well-known', version: VERSION_NEUTRAL })
export class JwksController implements OnModuleInit {
  readonly #keys: SessionKeys;

  /** @internal Nest injects. */
  constructor(keys: SessionKeys) {
    this.#keys = keys;
  }

  /** @throws SessionConfigurationError at boot without the option `signing`. */
  onModuleInit(): void {
    if (this.#keys.publicKeys().keys.length > 0) return;
    throw new SessionConfigurationError(
      'JwksController: expected the option "signing" under the strategy "jwt"; a secretKey has no public half, and ' +
        'whoever verifies with it can also sign',
    );
  }

  /** The keys in use, as a JWK set that may be kept for five minutes. */
  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  jwks(): JwkSet {
    return this.#keys.publicKeys();
  }
}
