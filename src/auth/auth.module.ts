import { Module, type DynamicModule } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { BodyReader } from '../http/body-reader.js';
import { Credentials } from '../users/credentials.js';
import { ApiTokensController } from './api-tokens.controller.js';
import { AuthController } from './auth.controller.js';
import { SessionsController } from './sessions.controller.js';

const MINUTE = 60_000;

/** The routes under `/auth`. */
@Module({})
export class AuthModule {
  static forRoot(credentials: Credentials, loginsPerMinute: number): DynamicModule {
    return {
      module: AuthModule,
      imports: [ThrottlerModule.forRoot([{ limit: loginsPerMinute, ttl: MINUTE }])],
      controllers: [AuthController, SessionsController, ApiTokensController],
      providers: [BodyReader, { provide: Credentials, useValue: credentials }],
    };
  }
}
