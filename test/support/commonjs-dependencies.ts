import { jest } from '@jest/globals';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';

/**
 * The application's two CommonJS dependencies require ESM, which Node 20.19 can do and jest only on Node 24.9 and
 * later. So `@nestjs/throttler` gets the Nest that is loaded already, and under Fastify the page at `/docs` goes
 * without its scripts.
 *
 * It counts for what is imported after it: import the application dynamically.
 */
export function letCommonJsRequireEsm(): void {
  jest.mock('@nestjs/common', () => common);
  jest.mock('@nestjs/core', () => core);
  jest.unstable_mockModule('@fastify/static', () => ({ default: async () => undefined }));
}
