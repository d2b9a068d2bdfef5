import {
  Body,
  Controller,
  Delete,
  Get,
  Injectable,
  Module,
  Post,
  Scope,
  Sse,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type MessageEvent,
  type Provider,
  type Type,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { of, type Observable } from 'rxjs';
import { Permission } from '../../../src/core/permission.js';
import { TokenType } from '../../../src/core/token-type.js';
import { RequireDataset } from '../../../src/nest/guards/require-dataset.decorator.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { AcceptTokens, OptionalSession, Public } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { SILENT } from '../../../src/testing/silent-logger.js';

@Injectable()
export class StricterGuard extends SessionGuard {}

@Injectable()
export class OpeningHours implements CanActivate {
  canActivate() {
    return true;
  }
}

@Controller('plain')
export class PlainController {
  @Get()
  list() {
    return 'list';
  }

  @UseGuards(SessionGuard)
  @Post(['one', 'another/'])
  add() {
    return 'add';
  }

  @UseGuards(StricterGuard, OpeningHours)
  @Get('stricter')
  stricter() {
    return 'stricter';
  }

  @UseGuards(new OpeningHours())
  @Get('hours')
  hours() {
    return 'hours';
  }

  @Public()
  @Get('open')
  open() {
    return 'open';
  }

  @OptionalSession()
  @Get('forgotten')
  forgotten() {
    return 'no guard reads the decorator';
  }
}

@Controller(['guarded', '/also-guarded'])
@UseGuards(SessionGuard)
class GuardedController {
  @Get(':id')
  find() {
    return 'found';
  }

  @OptionalSession()
  @Get(':id/perhaps')
  perhaps() {
    return 'perhaps';
  }

  @Public()
  @Get(':id/open')
  open() {
    return 'open';
  }

  @AcceptTokens(TokenType.Api)
  @Delete(':id')
  remove(@Body() body: unknown) {
    return body;
  }

  @Sse(':id/events')
  events(): Observable<MessageEvent> {
    return of({ data: 'one' });
  }

  @Public()
  @Sse(':id/news')
  news(): Observable<MessageEvent> {
    return of({ data: 'one' });
  }

  @RequireDataset(Permission.Read, 'dataset')
  @Get('datasets/:dataset')
  dataset() {
    return 'dataset';
  }
}

/** Inherits handlers with what stands on them, and what stands on their class; an overridden one is another handler. */
@Controller('heirs')
class HeirController extends GuardedController {
  @Get(':id/open')
  override open() {
    return 'no longer public';
  }
}

@Public()
@Controller('open-heirs')
class OpenHeirController extends GuardedController {}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
@UseGuards(SessionGuard)
class ScopedController {
  @Get()
  find() {
    return 'scoped';
  }
}

@Controller('below')
class BelowController {
  @RequireDataset(Permission.Write, 'dataset')
  @UseGuards(SessionGuard)
  @Get(':dataset')
  find() {
    return 'below';
  }

  @Get()
  open() {
    return 'open';
  }
}

class BelowModule {
  static register(): DynamicModule {
    return { module: BelowModule, controllers: [BelowController] };
  }
}
Module({})(BelowModule);

/** What providers may be, too. */
const ANYTHING: Provider[] = [
  { provide: 'nothing to inherit', useValue: Object.create(Object.create(null) as object) as object },
  { provide: 'no class', useValue: { constructor: 'none', method() {} } },
];

/** A module with routes of every sort, and what is added. */
export function routes(
  more: { readonly providers?: Provider[]; readonly controllers?: Type<unknown>[] } = {},
) {
  return {
    imports: [
      SessionModule.forRoot({ strategy: 'token', cleanup: false, logger: SILENT }),
      BelowModule.register(),
      RouterModule.register([{ path: 'v1', children: [{ path: '/inner/', module: BelowModule }] }]),
    ],
    controllers: [
      PlainController,
      GuardedController,
      HeirController,
      OpenHeirController,
      ScopedController,
      ...(more.controllers ?? []),
    ],
    providers: [OpeningHours, StricterGuard, ...ANYTHING, ...(more.providers ?? [])],
  };
}
