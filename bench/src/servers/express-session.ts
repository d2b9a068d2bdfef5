import type { NestExpressApplication } from '@nestjs/platform-express';
import session from 'express-session';
import { KEY } from '../workload/signing.js';
import { CookieSessionsModule, loggedIn } from './cookie-sessions.js';
import type { Server } from './server.js';

/** With its memory store, and as https://docs.nestjs.com/techniques/session has it. */
export const expressSession: Server = {
  module: CookieSessionsModule,
  configure: async (app) => {
    (app as NestExpressApplication).use(
      session({ secret: KEY.toString(), resave: false, saveUninitialized: false }),
    );
  },
  admit: loggedIn,
};
