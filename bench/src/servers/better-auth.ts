import {
  Injectable,
  Module,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders } from 'better-auth/node';
import { spoiled } from '../workload/altered-tokens.js';
import { KEY } from '../workload/signing.js';
import { cookiesOf } from './cookies.js';
import { guardedProfile, type GuardedRequest } from './profile.controller.js';
import type { Admission, Server } from './server.js';

/** Hashing passwords would take the most of the boot, and no request that is measured does it. */
const UNHASHED = {
  hash: (password: string) => Promise.resolve(password),
  verify: ({ hash, password }: { hash: string; password: string }) => Promise.resolve(hash === password),
};

const auth = betterAuth({
  baseURL: 'http://localhost',
  secret: KEY.toString(),
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  emailAndPassword: { enabled: true, password: UNHASHED },
  logger: { disabled: true },
});

@Injectable()
class BetterAuthGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
    if (session === null) throw new UnauthorizedException();
    request.user = { username: session.user.name };
    return true;
  }
}

@Module({ controllers: [guardedProfile(BetterAuthGuard)] })
class AppModule {}

/** Its session check in a guard, on its memory adapter: its own integrations with Nest are not for this Node. */
export const betterAuthSession: Server = { module: AppModule, admit: signedUp };

async function signedUp(_app: unknown, users: readonly string[]): Promise<Admission> {
  const signUps = [];
  for (const user of users) signUps.push({ username: user, ...(await signUp(user)) });
  const lapsed = await signUp(`lapsed-${users[0]!}`);
  const { internalAdapter } = await auth.$context;
  await internalAdapter.updateSession(lapsed.token, { expiresAt: new Date(0) });
  const { cookie } = signUps[0]!.headers;
  return {
    admitted: signUps,
    refused: {
      // The signature stands behind the last dot.
      forged: { cookie: spoiled(cookie, cookie.lastIndexOf('.') + 1) },
      expired: lapsed.headers,
    },
  };
}

async function signUp(email: string): Promise<{ token: string; headers: { cookie: string } }> {
  const { headers, response } = await auth.api.signUpEmail({
    body: { email, name: email, password: 'correct horse battery staple' },
    returnHeaders: true,
  });
  return { token: response.token!, headers: cookiesOf(headers) };
}
