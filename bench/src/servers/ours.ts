import { Controller, Get, UseGuards, type DynamicModule, type INestApplication } from '@nestjs/common';
import { CurrentUser, SessionGuard, SessionManager, SessionModule } from 'nestjs-session-manager';
import { forged, spoiled } from '../workload/altered-tokens.js';
import { login } from '../workload/logins.js';
import { AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import { bearer } from './bearer.js';
import { OPEN_TO_ALL, profileOf, type Admission, type Server } from './server.js';

@Controller()
class ProfileController {
  @Get('profile')
  @UseGuards(SessionGuard)
  profile(@CurrentUser('username') username: string) {
    return profileOf(username);
  }
}

/** Three hours slow until the session that is to have expired is there: what seems to have been dated ahead is refused otherwise. */
let slow = 3 * 3_600_000;
const COMMON = { secretKey: KEY, sessionTimeout: 7200, clock: () => Date.now() - slow };

export const jwt = server(
  SessionModule.forRoot({
    ...COMMON,
    strategy: 'jwt',
    issuer: ISSUER,
    audience: AUDIENCE,
    maxConcurrentSessions: Infinity,
  }),
  (app, users) => admitted(app, users, forged),
);

export const token = server(
  SessionModule.forRoot({ ...COMMON, strategy: 'token', maxConcurrentSessions: Infinity }),
  (app, users) => admitted(app, users, withSpoiledMac),
);

/** One session at a time is the strategy, so that every request is that one user's. */
export const single = server(SessionModule.forRoot({ ...COMMON, strategy: 'single' }), (app, users) =>
  admitted(app, users.slice(0, 1), withSpoiledMac),
);

/** Everyone is `admin`, with or without a token. */
export const noAuth = server(
  SessionModule.forRoot({ strategy: 'no-auth', allowInProduction: true }),
  async () => ({ admitted: [{ username: 'admin', headers: {} }], refused: OPEN_TO_ALL }),
);

function server(sessions: DynamicModule, admit: Server['admit']): Server {
  class AppModule {}
  return { module: { module: AppModule, imports: [sessions], controllers: [ProfileController] }, admit };
}

async function admitted(
  app: INestApplication,
  users: readonly string[],
  forge: (token: string) => string,
): Promise<Admission> {
  const sessions = app.get(SessionManager);
  const lapsed = await login(sessions, users[0]!);
  slow = 0;
  const tokens = await Promise.all(users.map((username) => login(sessions, username)));
  return {
    admitted: users.map((username, i) => ({ username, headers: bearer(tokens[i]!.accessToken) })),
    refused: {
      forged: bearer(forge(tokens[0]!.accessToken)),
      expired: bearer(lapsed.accessToken),
    },
  };
}

/** The MAC of an opaque token begins with its 28th character. */
function withSpoiledMac(token: string): string {
  return spoiled(token, 28);
}
