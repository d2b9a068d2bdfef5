import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { carriedSession } from 'nestjs-session-manager';
import type { Role, User } from './user.js';

/** Names the roles that a route is for; without it, a route is for everyone who is logged in. */
export const Roles = Reflector.createDecorator<readonly Role[]>();

/** Holds for the owner of an API token too, so that a token never allows more than its owner may. */
@Injectable()
export class RolesGuard implements CanActivate {
  readonly #reflector: Reflector;

  constructor(reflector: Reflector) {
    this.#reflector = reflector;
  }

  canActivate(context: ExecutionContext): boolean {
    const roles = this.#reflector.getAllAndOverride(Roles, [context.getHandler(), context.getClass()]);
    if (roles === undefined) return true;
    const carried = carriedSession<User>(context.switchToHttp().getRequest());
    return carried !== undefined && roles.includes(carried.user.role);
  }
}
