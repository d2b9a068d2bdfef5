import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  DatasetGuard,
  SessionGuard,
  SessionModule,
  type SessionLogger,
  type SessionStrategy,
} from 'nestjs-session-manager';
import { AuthModule } from './auth/auth.module.js';
import { sessionOptions } from './auth/session-options.js';
import { BoundedShutdown, SHUTDOWN_GRACE } from './bounded-shutdown.js';
import type { AppConfig } from './config/app-config.js';
import type { DataFolder } from './data-folder/data-folder.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import type { SessionStores } from './stores/session-stores.js';
import { SESSION_STORES, StoresShutdown } from './stores/stores-shutdown.js';
import { RolesGuard } from './users/roles.guard.js';

@Module({})
export class AppModule {
  /**
   * @param data the opened data folder.
   * @param stores where sessions and API tokens are kept.
   * @param logger where the library writes; Nest's own logger by default.
   */
  static forRoot(
    config: AppConfig,
    data: DataFolder,
    stores: SessionStores,
    logger?: SessionLogger,
  ): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SessionModule.forRoot<SessionStrategy>(sessionOptions(config, data, stores, logger)),
        AuthModule.forRoot(data.credentials, config.loginsPerMinute),
        DatasetsModule.forRoot(data.datasetsPath, config.maxUploadBytes),
      ],
      providers: [
        // In this order: who is it, what may their token, and what may they? `useExisting`, so that a test's `overrideProvider(SessionGuard)` reaches the guard of every route.
        { provide: APP_GUARD, useExisting: SessionGuard },
        { provide: APP_GUARD, useClass: DatasetGuard },
        { provide: APP_GUARD, useClass: RolesGuard },
        BoundedShutdown,
        { provide: SHUTDOWN_GRACE, useValue: config.shutdownGrace },
        StoresShutdown,
        { provide: SESSION_STORES, useValue: stores },
      ],
    };
  }
}
