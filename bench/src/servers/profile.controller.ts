import { Controller, Get, Req, UseGuards, type CanActivate, type Type } from '@nestjs/common';
import { profileOf } from './server.js';

export interface GuardedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What the guard found. */
  user: { readonly username: string };
}

/** The route of the peers: it reads the user that the guard put on the request, as the documentation of Nest does. */
export function guardedProfile(guard: Type<CanActivate>): Type {
  @Controller()
  class ProfileController {
    @UseGuards(guard)
    @Get('profile')
    profile(@Req() request: GuardedRequest) {
      return profileOf(request.user.username);
    }
  }
  return ProfileController;
}
