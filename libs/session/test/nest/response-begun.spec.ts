import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  Controller,
  Get,
  HttpException,
  Res,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { request } from 'node:http';
import {
  AccessTokenNotFoundError,
  type SessionError,
  SessionStoreUnavailableError,
} from '../../src/core/errors.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionExceptionFilter } from '../../src/nest/contexts/http/session-exception.filter.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp, type Platform } from '../support/nest-app.js';

/** A response of node:http, or of Fastify around one. */
interface AnyResponse {
  readonly raw?: AnyResponse;
  write(chunk: string): boolean;
  end(chunk: string): void;
}

const begin = (response: AnyResponse) => (response.raw ?? response).write('x');
const finish = (response: AnyResponse) => (response.raw ?? response).end('whole');

class Begins implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    begin(context.switchToHttp().getResponse());
    return true;
  }
}

let thrown: unknown[];
const note = (error: unknown) => void thrown.push(error);

/** Notes what the filter of the library throws itself; Nest 10 on Express 4 leaves that to the process, which ends. */
class Watched extends SessionExceptionFilter {
  override catch(error: SessionError, host: ArgumentsHost): unknown {
    try {
      return super.catch(error, host);
    } catch (failure) {
      note(failure);
      throw failure;
    }
  }
}

/** Notes what reaches it and is neither Nest's own nor made of an error of ours. */
@Catch()
class WatchedRest extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    if (!(error instanceof HttpException)) note(error);
    super.catch(error, host);
  }
}

@Controller()
@UseFilters(WatchedRest, Watched)
class Begun {
  constructor(private readonly manager: SessionManager) {}

  @Get('manager')
  async manager_(@Res() response: AnyResponse) {
    begin(response);
    await this.manager.validateSession('nonsense');
  }

  @Get('store')
  store(@Res() response: AnyResponse) {
    begin(response);
    throw new SessionStoreUnavailableError('The store is down');
  }

  @Get('guard')
  @UseGuards(Begins, SessionGuard)
  guarded() {
    return {};
  }

  @Get('nest')
  nest(@Res() response: AnyResponse) {
    begin(response);
    throw new UnauthorizedException();
  }

  @Get('whole')
  whole(@Res() response: AnyResponse) {
    finish(response);
    throw new AccessTokenNotFoundError('It is not there');
  }

  @Get('whole-nest')
  wholeNest(@Res() response: AnyResponse) {
    finish(response);
    throw new UnauthorizedException();
  }

  @Get('alive')
  alive() {
    return {};
  }
}

let app: INestApplication;
let url: string;

afterEach(async () => {
  process.off('unhandledRejection', note);
  await app.close();
});

async function start(platform: Platform) {
  thrown = [];
  process.on('unhandledRejection', note);
  const imports = [SessionModule.forRoot({ strategy: 'token', logger: new MemoryLogger() })];
  ({ app, url } = await startApp(platform, { imports, controllers: [Begun] }));
}

/** What arrives, and whether it arrives whole. */
const get = (path: string) =>
  new Promise<unknown>((resolve, reject) => {
    const outgoing = request(url + path, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          status: response.statusCode,
          challenge: response.headers['www-authenticate'],
          body,
          whole: response.complete,
        }),
      );
    });
    outgoing.on('error', reject).end();
  });

describe.each(PLATFORMS)('On %s', (platform) => {
  it.each(['/manager', '/store', '/guard'])(
    "an error of ours after the answer has begun (%s) ends it as Nest's own does, and nothing dies",
    async (path) => {
      await start(platform);
      const nest = await get('/nest');
      expect(nest).toMatchObject({ status: 200, body: 'x' });
      expect(await get(path)).toEqual(nest);
      expect(await get('/alive')).toMatchObject({ status: 200, body: '{}' });
      expect(thrown).toEqual([]);
    },
  );

  it('an error of ours after the answer was given leaves it as it is', async () => {
    await start(platform);
    expect(await get('/whole')).toEqual(await get('/whole-nest'));
    expect(thrown).toEqual([]);
  });
});
