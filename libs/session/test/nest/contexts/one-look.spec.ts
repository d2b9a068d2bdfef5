import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  Args,
  Field,
  GraphQLModule,
  Mutation,
  ObjectType,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { Permission } from '../../../src/core/permission.js';
import type { SessionInfo } from '../../../src/core/session.js';
import { TokenType } from '../../../src/core/token-type.js';
import { JwtSessionManager } from '../../../src/managers/jwt-session.manager.js';
import {
  admittedSession,
  carrySession,
  type AdmittedSession,
} from '../../../src/nest/contexts/request-session.js';
import { RequireDataset } from '../../../src/nest/guards/require-dataset.decorator.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { CurrentSession, CurrentUser } from '../../../src/nest/rules/current-session.decorators.js';
import { AcceptTokens, Public, RequireFresh } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../../src/stores/memory/memory-session.store.js';
import { countedStore } from '../../support/counted-store.js';
import { startApp } from '../../support/nest-app.js';

@ObjectType()
class Person {
  @Field(() => String)
  name!: string;
}

@Resolver(() => Person)
class People {
  @Query(() => String)
  me(@CurrentUser('name') name: string) {
    return name;
  }

  @Query(() => Person)
  person() {
    return {};
  }

  @ResolveField('name', () => String)
  name(@CurrentUser('name') name: string) {
    return name;
  }

  @Query(() => String)
  @RequireFresh()
  fresh(@CurrentUser('name') name: string) {
    return name;
  }

  @Query(() => String)
  @AcceptTokens(TokenType.Access, TokenType.Api)
  either(@CurrentSession() { type }: SessionInfo) {
    return type;
  }

  @Query(() => String)
  @Public()
  open(@CurrentUser() user: unknown, @CurrentSession() session: unknown) {
    return JSON.stringify([user ?? null, session ?? null]);
  }

  @Mutation(() => String)
  change(@CurrentUser('name') name: string) {
    return name;
  }

  @Mutation(() => String)
  @Public()
  say(@CurrentUser() user: unknown, @CurrentSession() session: unknown) {
    return JSON.stringify([user ?? null, session ?? null]);
  }

  @Query(() => String)
  @RequireDataset(Permission.Read, 'toString')
  inherited() {
    return 'ran';
  }

  @Query(() => String)
  @RequireDataset(Permission.Read, 'dataset')
  dataset(@Args('dataset', { type: () => [String] }) dataset: string[]) {
    return dataset.join();
  }
}

const { store, asked } = countedStore(new MemorySessionStore());
let users = 0;
let app: INestApplication;
let url: string;
let token: string;
let apiToken: string;

beforeAll(async () => {
  const sessions = SessionModule.forRoot({
    strategy: 'jwt',
    secretKey: new Uint8Array(64),
    store,
    apiTokenStore: new MemoryApiTokenStore(),
    cleanup: false,
    resolveUser: async ({ username }) => {
      users += 1;
      // Until the other fields are under way, too.
      await new Promise(setImmediate);
      return { name: username.toUpperCase() };
    },
  });
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    fieldResolverEnhancers: ['guards'],
  });
  ({ app, url } = await startApp('Express', {
    imports: [sessions, graphql],
    providers: [People, { provide: APP_GUARD, useExisting: SessionGuard }],
  }));
  const manager = app.get(JwtSessionManager);
  token = (await manager.createSession('alice'))!.accessToken;
  ({ token: apiToken } = await manager.createApiToken('robot', { datasets: { mine: [Permission.Read] } }));
});

afterAll(() => app.close());

/** How often the store and `resolveUser` were asked before this test. */
let before: { store: number; users: number };
beforeEach(() => {
  before = { store: asked(), users };
});
const looks = () => ({ store: asked() - before.store, users: users - before.users });

async function query(text: string, credential = token) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
    body: JSON.stringify({ query: text }),
  });
  return (await response.json()) as {
    data: Record<string, unknown> | null;
    errors?: { extensions: { code: string } }[];
  };
}

const hundred = (field: string) => Array.from({ length: 100 }, (_, at) => `f${at}: ${field}`).join(' ');

it('a hundred guarded fields that run at once are one look at the store, and one at the user', async () => {
  const { data } = await query(`{ ${hundred('me')} }`);
  expect(Object.values(data!)).toEqual(Array.from({ length: 100 }, () => 'ALICE'));
  expect(looks()).toEqual({ store: 1, users: 1 });
});

it('so are fields below others, whose guards run when those are there', async () => {
  const { data } = await query(`{ me ${hundred('person { name }')} }`);
  expect(data).toMatchObject({ me: 'ALICE', f0: { name: 'ALICE' }, f99: { name: 'ALICE' } });
  expect(looks()).toEqual({ store: 1, users: 1 });
});

it('a refusal is one look, too, and reaches every field', async () => {
  const manager = app.get(JwtSessionManager);
  const { accessToken } = (await manager.createSession('bob'))!;
  await manager.invalidateSession(accessToken);
  before = { store: asked(), users };
  await query('{ me }', accessToken);
  const ofOne = looks();
  before = { store: asked(), users };
  const { errors } = await query(`{ ${hundred('me')} }`, accessToken);
  expect(errors!.map(({ extensions }) => extensions.code)).toContain('UNAUTHENTICATED');
  expect(looks()).toEqual(ofOne);
});

it('X8 each set of accepted types is a look of its own, and no field gets what its own rules would refuse', async () => {
  expect((await query('{ a: me b: either c: either }')).data).toEqual({
    a: 'ALICE',
    b: 'access',
    c: 'access',
  });
  expect(looks()).toEqual({ store: 2, users: 2 });
  const { data, errors } = await query('{ b: either a: me }', apiToken);
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect((await query('{ either }', apiToken)).data).toEqual({ either: 'api' });
});

it('what asks for a fresh answer is not content with another, and serves who would be', async () => {
  await query('{ me fresh }');
  expect(looks().store).toBe(2);
  before = { store: asked(), users };
  await query('{ fresh me }');
  expect(looks().store).toBe(1);
});

it('X8 a public field knows nobody, whatever else is asked beside it', async () => {
  const { data } = await query('{ first: open me last: open }');
  expect(data).toEqual({ first: '[null,null]', me: 'ALICE', last: '[null,null]' });
  // Mutations run one after the other, so that the second comes when the first was let in.
  expect((await query('mutation { change say }')).data).toEqual({ change: 'ALICE', say: '[null,null]' });
});

it('X8 what was let in for some types of tokens is not there for a handler that takes others', () => {
  const request = { carrier: {}, shared: 'request' } as const;
  const admitted = { carried: {} } as AdmittedSession;
  carrySession(request, 'access api', admitted);
  expect(admittedSession(request, 'access api')).toBe(admitted);
  expect(admittedSession(request, 'access')).toBeUndefined();
});

it('the next request is looked at anew', async () => {
  await query('{ me }');
  await query('{ me }');
  expect(looks()).toEqual({ store: 2, users: 2 });
});

it('a dataset is named by an own argument that is a text', async () => {
  for (const text of ['{ inherited }', '{ dataset(dataset: ["mine"]) }']) {
    const { data, errors } = await query(text, apiToken);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
});
