import { ValidationPipe, type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { AppConfig } from './config/app-config.js';
import type { DataFolder } from './data-folder/data-folder.js';
import { leaveBodiesUnread } from './http/leave-bodies-unread.js';
import { serveOpenApi } from './http/openapi.js';
import type { SessionStores } from './stores/session-stores.js';

export interface AppParts {
  /** Default: Express. */
  readonly adapter?: AbstractHttpAdapter;
  /** Default: Nest's. */
  readonly logger?: LoggerService;
}

/** Puts the application together on an opened data folder and its stores, which it closes; the caller has it listen. */
export async function createApp(
  config: AppConfig,
  data: DataFolder,
  stores: SessionStores,
  { adapter = new ExpressAdapter(), logger }: AppParts = {},
): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule.forRoot(config, data, stores), adapter, {
    bodyParser: false,
    // A start that fails is the caller's to report.
    abortOnError: false,
    // While it shuts down, a connection that is still open brings no further request in.
    return503OnClosing: true,
    ...(logger && { logger }),
  });
  configureApp(app);
  return app;
}

/** What the application needs beside its modules. */
function configureApp(app: INestApplication): void {
  leaveBodiesUnread(app.getHttpAdapter() as AbstractHttpAdapter);
  app.useGlobalPipes(
    new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      validationError: { target: false, value: false },
    }),
  );
  // Without it Nest ends the process by the signal itself, which looks like a crash to a supervisor.
  app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
  serveOpenApi(app);
}
