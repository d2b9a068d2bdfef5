import { ForbiddenException, type PipeTransform } from '@nestjs/common';
import type { Role, User } from './user.js';

/**
 * Refuses a user without the role: `@CurrentUser(ADMIN_ONLY) user: User`.
 *
 * A pipe and not a guard, since `@CurrentUser()` is how the library hands out the user. It holds for the owner of an
 * API token too, so that a token never allows more than its owner may.
 */
class NeedsRolePipe implements PipeTransform<User, User> {
  readonly #role: Role;

  constructor(role: Role) {
    this.#role = role;
  }

  transform(user: User): User {
    if (user.role === this.#role) return user;
    throw new ForbiddenException(`This takes the role ${this.#role}`);
  }
}

export const ADMIN_ONLY = new NeedsRolePipe('admin');
