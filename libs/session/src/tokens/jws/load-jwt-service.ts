import type { JwtService } from '@nestjs/jwt';
import { SessionConfigurationError } from '../../core/errors.js';
import { installedMajor } from '../../util/installed-major.js';

/**
 * The class that signs HS512, from an optional peer: only who asks for that signature needs the package.
 *
 * Written as an import in a `try`, which bundlers of ES modules take for one that may be missing.
 *
 * @throws SessionConfigurationError where it is missing, or of a major that this process cannot load: `@nestjs/jwt`
 * 12 is ES modules only, and Jest beside Nest 10 and 11 loads none.
 */
export async function loadJwtService(): Promise<typeof JwtService> {
  try {
    return (await import('@nestjs/jwt')).JwtService;
  } catch (cause) {
    throw new SessionConfigurationError(
      'strategy: "jwt" signs with @nestjs/jwt, which is missing or cannot be loaded here; ' +
        `run "npm install @nestjs/jwt@${installedMajor('@nestjs/common') ?? '<the major version of @nestjs/common>'}"`,
      { cause },
    );
  }
}
