import { expect, it } from '@jest/globals';
import { APP_GUARD } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Field, GraphQLModule, ObjectType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { SessionAudit } from '../../../src/nest/audit/session-audit.js';
import { SessionGuard } from '../../../src/nest/guards/session.guard.js';
import { Public } from '../../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../../src/nest/session.module.js';
import { SILENT } from '../../../src/testing/silent-logger.js';
import { startApp } from '../../support/nest-app.js';
import { met } from './met.js';

@ObjectType()
class Person {
  @Field(() => String)
  declare name: string;
  @Field(() => String)
  declare nick: string;
}

@Resolver(() => Person)
class People {
  @Public()
  @Query(() => Person)
  person() {
    return {};
  }

  @ResolveField(() => String)
  name() {
    return 'Alice';
  }

  @Public()
  @ResolveField('nick', () => String)
  nickName() {
    return 'Al';
  }
}

it.each([
  { enhancers: ['guards'] as const, access: 'guarded' },
  { enhancers: ['filters'] as const, access: 'unguarded' },
  { enhancers: undefined, access: 'unguarded' },
])('with fieldResolverEnhancers: $enhancers a field is $access', async ({ enhancers, access }) => {
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    fieldResolverEnhancers: enhancers && [...enhancers],
  });
  const { app, url } = await startApp('Express', {
    imports: [SessionModule.forRoot({ strategy: 'token', cleanup: false, logger: SILENT }), graphql],
    providers: [People, { provide: APP_GUARD, useExisting: SessionGuard }],
  });
  try {
    const rows = app.get(SessionAudit).handlers();
    expect(rows).toMatchObject([
      { kind: 'graphql', entry: 'Person.name', name: 'People.name', access },
      { kind: 'graphql', entry: 'Person.nick', name: 'People.nickName', access: 'public' },
      { kind: 'graphql', entry: 'Query person', name: 'People.person', access: 'public' },
    ]);
    for (const [row, field] of [
      [rows[0]!, 'name'],
      [rows[1]!, 'nick'],
    ] as const) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ person { ${field} } }` }),
      });
      const { errors } = (await response.json()) as { errors?: unknown };
      expect(errors === undefined).toBe(met(row).anonymous);
    }
  } finally {
    await app.close();
  }
});
