import {
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Query,
  Req,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { spoiled } from '../workload/altered-tokens.js';
import { cookiesOf } from './cookies.js';
import { profileOf, type Admission, type Headers } from './server.js';

const HOUR = 3_600_000;

/** What both packages put on a request, with what the application keeps there. */
interface SessionRequest {
  readonly session: { username?: string; readonly cookie: { maxAge?: number | null } };
}

@Injectable()
class LoggedInGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<SessionRequest>().session.username !== undefined;
  }
}

@Controller()
class ProfileController {
  @Post('login')
  login(
    @Req() { session }: SessionRequest,
    @Query('username') username: string,
    @Query('life') life: string,
  ): void {
    session.username = username;
    session.cookie.maxAge = Number(life);
  }

  @Get('profile')
  @UseGuards(LoggedInGuard)
  profile(@Req() { session }: SessionRequest) {
    return profileOf(session.username!);
  }
}

/** For the packages that keep a session behind a cookie. */
@Module({ controllers: [ProfileController] })
export class CookieSessionsModule {}

/** Logs everyone in over HTTP, the way that these packages have. */
export async function loggedIn(app: INestApplication, users: readonly string[]): Promise<Admission> {
  const url = await app.getUrl();
  const cookies = await Promise.all(users.map((username) => login(url, username, HOUR)));
  const { cookie } = cookies[0]!;
  return {
    admitted: users.map((username, i) => ({ username, headers: cookies[i]! })),
    refused: {
      // The signature stands behind the last dot.
      forged: { cookie: spoiled(cookie, cookie.lastIndexOf('.') + 1) },
      expired: await login(url, users[0]!, -1),
    },
  };
}

async function login(url: string, username: string, life: number): Promise<{ cookie: string } & Headers> {
  const query = new URLSearchParams({ username, life: String(life) });
  return cookiesOf((await fetch(`${url}/login?${query.toString()}`, { method: 'POST' })).headers);
}
