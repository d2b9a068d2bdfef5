import { Controller, Delete, Get, ParseIntPipe, UseGuards } from '@nestjs/common';
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
  type SessionManager,
  type SessionTokenInfo,
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

  '@CurrentUser takes the name of a property'(name: string) {
    CurrentUser('username');
    CurrentUser(name);
    // @ts-expect-error a name is a string
    CurrentUser(5);
  },

  '@CurrentUser<User> knows the members of User, and refuses a name that is none of them'() {
    interface User {
      readonly username: string;
      readonly email?: string;
    }
    CurrentUser<User>('email');
    CurrentUser<User>();
    // What an editor offers between the quotes.
    expectTypeOf<Exclude<Parameters<typeof CurrentUser<User>>[0], object | undefined>>().toEqualTypeOf<
      'username' | 'email'
    >();
    // @ts-expect-error it is misspelt
    CurrentUser<User>('emial');
  },

  '@CurrentUser takes pipes, after the property or instead of one'() {
    CurrentUser(ParseIntPipe);
    CurrentUser('age', ParseIntPipe, new ParseIntPipe());
    CurrentUser<{ age: string }>('age', ParseIntPipe);
    // @ts-expect-error there is one property
    CurrentUser('name', 'age');
  },

  'behind SessionGuard a session is a SessionTokenInfo, which is all that logging out my other devices needs'(
    sessions: SessionManager,
  ) {
    @Controller()
    @UseGuards(SessionGuard)
    class Devices {
      @Delete('others')
      async endOthers(@CurrentSession() session: SessionTokenInfo) {
        expectTypeOf(session.sessionId).toEqualTypeOf<string>();
        return sessions.invalidateAllSessions(session.username, { except: session.sessionId });
      }
    }
    return Devices;
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
