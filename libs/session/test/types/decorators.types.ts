import { Controller, Get, UseGuards } from '@nestjs/common';
import { expectTypeOf } from 'expect-type';
import {
  AcceptTokens,
  carriedSession,
  CurrentSession,
  CurrentUser,
  OptionalSession,
  Permission,
  Public,
  RequireDataset,
  SessionGuard,
  TokenType,
  type CarriedSession,
  type SessionInfo,
} from 'nestjs-session-manager';

export const promises = {
  'all decorators stand on handlers, and those of routes on classes too'() {
    @Controller()
    @Public()
    @OptionalSession()
    @AcceptTokens(TokenType.Access)
    @RequireDataset(Permission.Read, 'dataset')
    @UseGuards(SessionGuard)
    class Files {
      @Get()
      @Public()
      @OptionalSession()
      @AcceptTokens('access', 'api')
      @RequireDataset('read', 'dataset')
      read(
        @CurrentSession() session: SessionInfo,
        @CurrentUser() user: unknown,
        @CurrentUser('name') name: string,
      ) {
        return { session, user, name };
      }
    }
    return Files;
  },

  '@RequireDataset refuses a string that is no permission, and wants the parameter'() {
    // @ts-expect-error no such permission
    RequireDataset('fly', 'dataset');
    // @ts-expect-error which parameter?
    RequireDataset(Permission.Read);
  },

  '@AcceptTokens wants at least one type of token, and nothing else'() {
    // @ts-expect-error it would open the route to nobody
    AcceptTokens();
    // @ts-expect-error no such type
    AcceptTokens('cookie');
  },

  '@Public and @OptionalSession take nothing'() {
    // @ts-expect-error there is nothing to tell it
    Public(true);
    // @ts-expect-error there is nothing to tell it
    OptionalSession(true);
  },

  '@CurrentUser takes the name of a property'() {
    // @ts-expect-error a name is a string
    CurrentUser(5);
  },

  'carriedSession may find nothing, which must be looked at'(request: object) {
    expectTypeOf(carriedSession(request)).toEqualTypeOf<CarriedSession | undefined>();
    // @ts-expect-error no session guard may have run
    expectTypeOf(carriedSession(request).session);
  },

  'a session guard is not made by hand from nothing'() {
    // @ts-expect-error Nest gives it what it needs
    new SessionGuard();
  },
};
