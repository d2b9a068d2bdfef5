import fastifyCookie from '@fastify/cookie';
import session from '@fastify/session';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { KEY } from '../workload/signing.js';
import { CookieSessionsModule, loggedIn } from './cookie-sessions.js';
import type { Server } from './server.js';

/** With its memory store. It renews the session, and the cookie, with every answer, as it does by default. */
export const fastifySession: Server = {
  module: CookieSessionsModule,
  configure: async (app) => {
    const fastify = app as NestFastifyApplication;
    await fastify.register(fastifyCookie);
    await fastify.register(session, {
      secret: KEY.toString(),
      saveUninitialized: false,
      // The bench speaks plain HTTP, on loopback.
      cookie: { secure: false },
    });
  },
  admit: loggedIn,
};
