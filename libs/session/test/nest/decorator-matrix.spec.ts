import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyDecorators, Controller, Get, type INestApplication, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Permission } from '../../src/core/permission.js';
import { TokenType } from '../../src/core/token-type.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { AcceptTokens, OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';
import { statusesOf } from '../support/statuses.js';

const DECORATORS = {
  Public: Public(),
  OptionalSession: OptionalSession(),
  'AcceptTokens(api)': AcceptTokens(TokenType.Api),
  'AcceptTokens(access)': AcceptTokens(TokenType.Access),
  'RequireDataset(read, src)': RequireDataset(Permission.Read, 'src'),
  'RequireDataset(write, dst)': RequireDataset(Permission.Write, 'dst'),
};
type Name = keyof typeof DECORATORS;
const NAMES = Object.keys(DECORATORS) as Name[];

/** From the nearest to the farthest. */
const PLACES = ['handler', 'class', 'parent class'] as const;
type Place = (typeof PLACES)[number];

/** One after the other, or put together by `applyDecorators`; it matters where both stand in one place. */
type Manner = 'stacked' | 'applied';

interface Case {
  readonly title: string;
  readonly said: readonly (readonly [Place, Name])[];
  readonly manner: Manner;
}

const CASES: Case[] = [];
for (const [number, place] of PLACES.entries()) {
  for (const other of PLACES.slice(number)) {
    for (const manner of place === other ? (['stacked', 'applied'] as const) : (['stacked'] as const)) {
      for (const first of NAMES) {
        for (const second of NAMES) {
          const title = `@${first} on the ${place}, @${second} on the ${other}, ${manner}`;
          CASES.push({
            title,
            said: [
              [place, first],
              [other, second],
            ],
            manner,
          });
        }
      }
    }
  }
}

function controllerOf({ said, manner }: Case, path: string): Type {
  class Parent {}
  class Route extends Parent {
    read() {
      return {};
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Route.prototype, 'read')!;
  const at: Record<Place, (decorator: ClassDecorator & MethodDecorator) => void> = {
    handler: (decorator) => void decorator(Route.prototype, 'read', descriptor),
    class: (decorator) => void decorator(Route),
    'parent class': (decorator) => void decorator(Parent),
  };
  for (const place of PLACES) {
    const here = said.filter(([where]) => where === place).map(([, name]) => DECORATORS[name]);
    if (manner === 'applied' && here.length > 0) at[place](applyDecorators(...here));
    else here.reverse().forEach(at[place]);
  }
  Get()(Route.prototype, 'read', descriptor);
  Controller(path)(Route);
  return Route;
}

/** What is presented; `rights` are those of an API token. */
interface Credential {
  readonly type: 'none' | 'bad' | 'access' | 'api';
  readonly rights?: readonly Name[];
}

const CREDENTIALS: Record<string, Credential> = {
  nothing: { type: 'none' },
  'a bad token': { type: 'bad' },
  'an access token': { type: 'access' },
  'an API token without rights': { type: 'api', rights: [] },
  'an API token that may read src': { type: 'api', rights: ['RequireDataset(read, src)'] },
  'an API token that may write dst': { type: 'api', rights: ['RequireDataset(write, dst)'] },
  'an API token that may both': {
    type: 'api',
    rights: ['RequireDataset(read, src)', 'RequireDataset(write, dst)'],
  },
};

/** The rules of docs/guards.md, in other words than the library's. */
function expectedStatus({ said }: Case, { type, rights = [] }: Credential): number {
  const needed = said.map(([, name]) => name).filter((name) => name.startsWith('RequireDataset'));
  const nearest = (pattern: RegExp) =>
    PLACES.map((place) =>
      said
        .filter(([where]) => where === place)
        .map(([, name]) => name)
        .join(),
    ).find((names) => pattern.test(names)) ?? '';

  const deciding = nearest(/./);
  const open = /Public/.test(deciding) && !/Optional|Accept/.test(deciding);
  const withoutSession = needed.length > 0 ? 401 : 200;
  if (open) return withoutSession;
  if (type === 'none') return /Optional/.test(deciding) ? withoutSession : 401;
  if (type === 'bad') return 401;

  const accepting = nearest(/Accept|Require/);
  const listed = [...accepting.matchAll(/Accept\w+\((\w+)\)/g)].map(([, token]) => token);
  const implied = accepting === '' ? ['access'] : ['access', 'api'];
  const accepted = listed.length > 0 ? listed.every((token) => token === type) : implied.includes(type);
  if (!accepted) return 401;
  return type === 'access' || needed.every((name) => rights.includes(name)) ? 200 : 403;
}

describe.each(PLATFORMS)('X1 on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  const headers: Record<string, Record<string, string>> = {};

  beforeAll(async () => {
    ({ app, url } = await startApp(platform, {
      imports: [
        SessionModule.forRoot({
          strategy: 'jwt',
          secretKey: new Uint8Array(64),
          apiTokenStore: new MemoryApiTokenStore(),
          logger: new MemoryLogger(),
        }),
      ],
      controllers: CASES.map((each, number) => controllerOf(each, `${number}/:src/:dst`)),
      providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
    }));
    const manager = app.get(JwtSessionManager);
    for (const [name, { type, rights = [] }] of Object.entries(CREDENTIALS)) {
      const datasets = {
        a: rights.includes('RequireDataset(read, src)') ? [Permission.Read] : [],
        b: rights.includes('RequireDataset(write, dst)') ? [Permission.Write] : [],
      };
      const token = {
        none: async () => undefined,
        bad: async () => 'nonsense',
        access: async () => (await manager.createSession('alice'))!.accessToken,
        api: async () => (await manager.createApiToken('alice', { datasets })).token,
      };
      const presented = await token[type]();
      headers[name] = presented === undefined ? {} : { authorization: `Bearer ${presented}` };
    }
  });

  afterAll(() => app.close());

  it.each(Object.entries(CREDENTIALS))(
    'every pair of decorators, wherever the two stand, does with %s what the rules say',
    async (name, credential) => {
      const statuses = await statusesOf(
        url,
        CASES.map((_each, number) => [`/${number}/a/b`, headers[name]!]),
      );
      expect(CASES.map(({ title }, number) => `${title}: ${statuses[number]}`)).toEqual(
        CASES.map((each) => `${each.title}: ${expectedStatus(each, credential)}`),
      );
    },
  );
});
