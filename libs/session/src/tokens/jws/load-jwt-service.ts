import { createRequire } from 'node:module';
import type { JwtService } from '@nestjs/jwt';
import { SessionConfigurationError } from '../../core/errors.js';

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
        `run "npm install @nestjs/jwt@${nestMajor() ?? '<the major version of @nestjs/common>'}"`,
      { cause },
    );
  }
}

/** The application's Nest, looked up from its main script and then from where it was started. */
function nestMajor(): string | undefined {
  for (const start of [process.argv[1], `${process.cwd()}/`]) {
    try {
      const { version } = createRequire(start!)('@nestjs/common/package.json') as { version: string };
      return version.split('.')[0];
    } catch {
      // Not from there.
    }
  }
  return undefined;
}
