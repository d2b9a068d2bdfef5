import { Controller, createParamDecorator, Get, type Type } from '@nestjs/common';
import { SessionManager, SessionModule } from 'nestjs-session-manager';
import { login } from '../workload/logins.js';
import { AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import { bearer } from './bearer.js';
import { OPEN_TO_ALL, profileOf, type Server } from './server.js';

const SOMEBODY = 'researcher-000000@phenotyping.example.org';

/** A decorator that reads nothing: what one costs by itself is none of a guard's. */
const Somebody = createParamDecorator(() => SOMEBODY);

@Controller()
class DecoratedController {
  @Get('profile')
  profile(@Somebody() username: string) {
    return profileOf(username);
  }
}

@Controller()
class BareController {
  @Get('profile')
  profile() {
    return profileOf(SOMEBODY);
  }
}

/** The same request to the same handler as the library's, without a guard. */
export const noGuard: Server = {
  module: {
    module: class AppModule {},
    imports: [
      SessionModule.forRoot({
        strategy: 'jwt',
        secretKey: KEY,
        issuer: ISSUER,
        audience: AUDIENCE,
        maxConcurrentSessions: Infinity,
      }),
    ],
    controllers: [DecoratedController],
  },
  admit: async (app, users) => {
    const sessions = app.get(SessionManager);
    const tokens = await Promise.all(users.map((user) => login(sessions, user)));
    const admitted = tokens.map(({ accessToken }) => ({ username: SOMEBODY, headers: bearer(accessToken) }));
    return { admitted, refused: OPEN_TO_ALL };
  },
};

/** What a request costs without any of it, sent without a credential. */
export const bareRoute: Server = {
  module: appOf(BareController),
  admit: async () => ({ admitted: [{ username: SOMEBODY, headers: {} }], refused: OPEN_TO_ALL }),
};

function appOf(controller: Type): Server['module'] {
  return { module: class AppModule {}, controllers: [controller] };
}
