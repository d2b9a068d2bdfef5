import { Permission } from 'nestjs-session-manager';
import type { Role, User } from './user.js';

const BY_ROLE: Readonly<Record<Role, readonly Permission[]>> = {
  admin: Object.values(Permission),
  reader: [Permission.Read],
};

/** What a user may do with every dataset; nothing, if there is none such. */
export function permissionsOf(user: User | null): readonly Permission[] {
  return user === null ? [] : BY_ROLE[user.role];
}
