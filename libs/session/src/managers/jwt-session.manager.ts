import { dirname } from 'node:path';
import type { ApiTokenParts } from './api-tokens.js';
import { SessionManager, type SessionManagerParts } from './session.manager.js';

/** What a {@link JwtSessionManager} is put together from. */
export interface JwtSessionManagerParts extends SessionManagerParts {
  readonly apiTokens: ApiTokenParts;
  /** Where API tokens are registered, if that is a file. */
  readonly apiTokenFile?: string;
}

/**
 * Sessions with JSON Web Tokens (strategy `'jwt'`): a short access token, a rotating refresh token, and long-lived
 * API tokens that may be limited to datasets. All are JWTs (RFC 7519) of their own `type`: HS512, or signed by a private
 * key where the option `signing` gives one. `JWTSessionManager` of the specification.
 */
export class JwtSessionManager extends SessionManager {
  readonly #apiTokenFile: string | undefined;

  /** @internal `createSessionManager` puts the parts together, once it has checked the options. */
  constructor(parts: JwtSessionManagerParts) {
    super(parts);
    this.#apiTokenFile = parts.apiTokenFile;
  }

  /** How many seconds a refresh token lives, as the option says. `refresh_timeout` of the specification. */
  get refreshTimeout(): number {
    // The policy of this strategy has one; those of the others have none.
    return this.parts.policy.refreshTimeout!;
  }

  /**
   * The full path of the file in which API tokens are registered; `undefined` when they are kept elsewhere.
   * `api_token_file` of the specification.
   */
  get apiTokenFile(): string | undefined {
    return this.#apiTokenFile;
  }

  /** The folder of {@link apiTokenFile}; `undefined` where there is no such file. `api_token_dir` of the specification. */
  get apiTokenDir(): string | undefined {
    const { apiTokenFile } = this;
    return apiTokenFile === undefined ? undefined : dirname(apiTokenFile);
  }
}
