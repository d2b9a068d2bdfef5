import { expect, it } from '@jest/globals';
import { Controller, Get, Module, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { expectGuarded, type ExpectGuardedOptions } from '../../src/testing/expect-guarded.js';
import { guardAs } from '../../src/testing/guard-as.js';
import { SILENT } from '../../src/testing/silent-logger.js';
import { MemoryLogger } from '../support/memory-logger.js';

@Controller('health')
class HealthController {
  @Get()
  check() {
    return 'ok';
  }
}

@Controller('notes')
class NotesController {
  @UseGuards(SessionGuard)
  @Get()
  list() {
    return [];
  }

  @Public()
  @Get('help')
  help() {
    return 'help';
  }
}

@Controller('new')
class NewController {
  @Get()
  find() {
    return 'new';
  }
}

interface Given extends ExpectGuardedOptions {
  readonly controllers?: Type<unknown>[];
  readonly isBound?: boolean;
  /** Whether the test of the application has put another guard in the place of ours. */
  readonly standIn?: boolean;
}

/** What it says of an application. */
async function said({ controllers = [], isBound, standIn, ...options }: Given): Promise<string> {
  @Module({
    imports: [SessionModule.forRoot({ strategy: 'token', cleanup: false, logger: SILENT })],
    controllers: [HealthController, NotesController, ...controllers],
    providers: isBound ? [{ provide: APP_GUARD, useExisting: SessionGuard }] : [],
  })
  class AppModule {}
  const builder = Test.createTestingModule({ imports: [AppModule] }).setLogger(new MemoryLogger());
  if (standIn) builder.overrideProvider(SessionGuard).useValue(guardAs('alice'));
  const app = (await builder.compile()).createNestApplication();
  await app.init();
  try {
    expectGuarded(app, options);
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await app.close();
  }
}

const except = ['HealthController.check'];

it('throws the table of the handlers that nobody guarded, and of no other', async () => {
  const told = await said({});
  expect(told).toMatch(/^Expected every handler to be guarded, got\n\naccess +kind +entry/);
  expect(told).toMatch(/^unguarded +http +GET \/health +HealthController.check$/m);
  expect(told).not.toContain('NotesController');
});

it('says nothing where all are guarded, public or excepted', async () => {
  expect(await said({ except })).toBe('nothing');
  expect(await said({ isBound: true })).toBe('nothing');
});

it('notices a new controller', async () => {
  const told = await said({ controllers: [NewController], except });
  expect(told).toContain('NewController.find');
  expect(told).not.toContain('HealthController');
});

it('notices an exception for what is not there any more, or is guarded by now', async () => {
  for (const given of [{ except: [...except, 'GoneController.find'] }, { except, isBound: true }]) {
    const name = given.except.at(-1)!;
    expect(await said(given)).toBe(
      `Expected ${name} to be a handler without a guard, as "except" says; remove it there`,
    );
  }
});

it('is not misled by a guard that stands in for the one of the application', async () => {
  expect(await said({ isBound: true, standIn: true })).toBe('nothing');
  expect(await said({ standIn: true })).toContain('HealthController.check');
});
