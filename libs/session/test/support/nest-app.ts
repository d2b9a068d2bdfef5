import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';

import { MemoryLogger } from './memory-logger.js';

/** The platforms that every promise of the Nest face is held on. */
export const PLATFORMS = ['Express', 'Fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/**
 * Starts a small application on a free port; `url` is where it listens.
 *
 * @param prepare what is to be done with it before it listens.
 */
export async function startApp(
  platform: Platform,
  metadata: ModuleMetadata,
  override: (builder: TestingModuleBuilder) => TestingModuleBuilder = (builder) => builder,
  prepare: (app: INestApplication) => unknown = () => undefined,
): Promise<{ app: INestApplication; url: string }> {
  const module = await override(Test.createTestingModule(metadata)).setLogger(new MemoryLogger()).compile();
  const app: INestApplication =
    platform === 'Express'
      ? module.createNestApplication(new ExpressAdapter())
      : module.createNestApplication(new FastifyAdapter());
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}
