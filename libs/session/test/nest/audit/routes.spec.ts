import { describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { AuditedHandler } from '../../../src/nest/audit/audited-handler.js';
import { SessionAudit } from '../../../src/nest/audit/session-audit.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { PLATFORMS, startApp, type Platform } from '../../support/nest-app.js';
import { met, type Met } from './met.js';
import { OpeningHours, PlainController, routes, StricterGuard } from './routes.js';

@Controller('new')
class NewController {
  @Get()
  find() {
    return 'new';
  }
}

interface Given {
  readonly platform?: Platform;
  readonly providers?: Provider[];
  readonly controllers?: (typeof NewController)[];
  readonly prepare?: (app: INestApplication) => unknown;
}

/** Starts the application, audits it, and closes it; `registered` is what its adapter was told of. */
async function withRoutes<T>(
  given: Given,
  act: (rows: AuditedHandler[], audit: SessionAudit, url: string, registered: string[]) => Promise<T> | T,
): Promise<T> {
  const registered: string[] = [];
  const { app, url } = await startApp(
    given.platform ?? 'Express',
    routes(given),
    undefined,
    async (starting) => {
      listenToRoutes(starting, registered);
      await given.prepare?.(starting);
    },
  );
  try {
    const audit = app.get(SessionAudit);
    return await act(audit.handlers(), audit, url, registered);
  } finally {
    await app.close();
  }
}

interface Server {
  /** Fastify's. */
  addHook?(name: 'onRoute', hook: (route: { method: string | string[]; url: string }) => void): unknown;
  /** Express's. */
  readonly router?: { readonly stack: { readonly route?: { path: string; methods: object } }[] };
}

function listenToRoutes(app: INestApplication, registered: string[]): void {
  const server = app.getHttpAdapter().getInstance() as Server;
  server.addHook?.('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) registered.push(`${each} ${url}`);
  });
}

async function expressRoutes(app: INestApplication): Promise<string[]> {
  await app.init();
  const { stack } = (app.getHttpAdapter().getInstance() as Server).router!;
  return stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`),
  );
}

const entries = (rows: readonly AuditedHandler[]) => rows.map(({ entry }) => entry).sort();
const accessOf = (rows: readonly AuditedHandler[], name: string) =>
  rows.filter((row) => row.name === name).map(({ access }) => access);

async function meets(url: string, { entry }: AuditedHandler, headers = {}): Promise<boolean> {
  const [method, path] = entry.split(' ') as [string, string];
  const response = await fetch(url + path.replace(/:\w+/g, 'mine'), { method, headers });
  await response.body?.cancel();
  if (![200, 201, 401].includes(response.status)) throw new Error(`${entry}: ${response.status}`);
  return response.status !== 401;
}

const GLOBAL: Readonly<Record<string, Provider[]>> = {
  nothing: [],
  'another guard': [{ provide: APP_GUARD, useClass: OpeningHours }],
  'nothing, by a factory': [{ provide: APP_GUARD, useFactory: () => null }],
  useExisting: [{ provide: APP_GUARD, useExisting: SessionGuard }],
  useClass: [{ provide: APP_GUARD, useClass: StricterGuard }],
  useFactory: [{ provide: APP_GUARD, useFactory: (guard: SessionGuard) => guard, inject: [SessionGuard] }],
};

describe.each(PLATFORMS)('On %s', (platform) => {
  it.each(Object.keys(GLOBAL))(
    'what the audit says is what requests meet, with APP_GUARD bound to %s',
    async (bound) => {
      await withRoutes({ platform, providers: GLOBAL[bound] }, async (rows, _, url) => {
        const differences = [];
        for (const row of rows) {
          const seen: Met = {
            anonymous: await meets(url, row),
            garbage: await meets(url, row, { authorization: 'Bearer garbage' }),
          };
          const said = met(row);
          if (said.anonymous !== seen.anonymous || said.garbage !== seen.garbage) {
            differences.push({ row, seen });
          }
        }
        expect(differences).toEqual([]);
      });
    },
  );
});

it('its rows are the routes that Express has', async () => {
  let registered: string[] = [];
  const prepare = async (app: INestApplication) => (registered = await expressRoutes(app));
  await withRoutes({ prepare }, (rows) => expect(entries(rows)).toEqual(registered.sort()));
});

it('and those that Fastify has, which answers HEAD for each GET by itself', async () => {
  await withRoutes({ platform: 'Fastify' }, (rows, _audit, _url, registered) =>
    expect(entries(rows)).toEqual(registered.filter((route) => !route.startsWith('HEAD ')).sort()),
  );
});

it('tells tokens, datasets and other guards', async () => {
  await withRoutes({}, (rows) => {
    const row = (entry: string) => rows.find((each) => each.entry === entry);
    expect(row('GET /v1/inner/below/:dataset')).toEqual({
      kind: 'http',
      entry: 'GET /v1/inner/below/:dataset',
      name: 'BelowController.find',
      access: 'guarded-with-dataset',
      accept: ['access', 'api'],
      datasets: [{ permission: 'write', parameter: 'dataset' }],
      otherGuards: [],
    });
    expect(row('GET /plain/stricter')).toMatchObject({
      access: 'guarded',
      accept: ['access'],
      otherGuards: ['OpeningHours'],
    });
    expect(row('GET /plain/hours')).toMatchObject({
      access: 'unguarded',
      accept: [],
      otherGuards: ['OpeningHours'],
    });
    expect(row('GET /guarded/:id/news')).toMatchObject({ kind: 'sse', access: 'public', accept: [] });
  });
});

it('knows of a global guard of another class, and of a factory that gives none', async () => {
  const othersBy = (bound: string) =>
    withRoutes(
      { providers: GLOBAL[bound] },
      (rows) => rows.find(({ entry }) => entry === 'GET /plain')!.otherGuards,
    );
  expect(await othersBy('another guard')).toEqual(['OpeningHours']);
  expect(await othersBy('nothing, by a factory')).toEqual([]);
});

it('a guard that is taken off shows, and so does a new controller', async () => {
  const before = await withRoutes({}, (rows, audit) => {
    expect(accessOf(rows, 'PlainController.add')).toEqual(['guarded', 'guarded']);
    return audit.snapshot();
  });
  expect(await withRoutes({}, (_, audit) => audit.snapshot())).toBe(before);

  const more = await withRoutes({ controllers: [NewController] }, (_, audit) => audit.snapshot());
  expect(more.split('\n').filter((line) => !before.includes(line))).toEqual([
    'http GET /new | NewController.find | unguarded',
  ]);

  const add = PlainController.prototype.add as object;
  const guards: unknown = Reflect.getMetadata('__guards__', add);
  Reflect.deleteMetadata('__guards__', add);
  try {
    await withRoutes({}, async (rows, _, url) => {
      expect(accessOf(rows, 'PlainController.add')).toEqual(['unguarded', 'unguarded']);
      expect(
        await meets(
          url,
          rows.find(({ name }) => name === 'PlainController.add')!,
        ),
      ).toBe(true);
    });
  } finally {
    Reflect.defineMetadata('__guards__', guards, add);
  }
});

it('guards of useGlobalGuards() count for nothing, and the table says what does', async () => {
  const prepare = (app: INestApplication) => app.useGlobalGuards(app.get(SessionGuard));
  await withRoutes({ prepare }, (rows, audit) => {
    expect(accessOf(rows, 'PlainController.list')).toEqual(['unguarded']);
    expect(audit.table()).toContain('useGlobalGuards() are not seen here');
    expect(audit.table()).toContain('{ provide: APP_GUARD, useExisting: SessionGuard }');
  });
  await withRoutes({ providers: GLOBAL.useExisting }, (_, audit) =>
    expect(audit.table()).not.toContain('useGlobalGuards'),
  );
});

it('its table has a column for each thing told', async () => {
  await withRoutes({}, (_, audit) => {
    const lines = audit.table().split('\n');
    expect(lines[0]).toMatch(/^access +kind +entry +handler +tokens +datasets +other guards$/);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^guarded-with-dataset +http +GET \/guarded\/datasets\/:dataset +GuardedController\.dataset +access, api +read dataset$/,
      ),
    );
  });
});
