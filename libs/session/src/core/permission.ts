import { namedValueReader } from './named-value.js';

/** What an API token may do with a dataset; the names are those of plantdb. */
export const Permission = {
  Read: 'read',
  Write: 'write',
  Create: 'create',
  Delete: 'delete',
  ManageUsers: 'manage_users',
  ManageGroups: 'manage_groups',
} as const;

export type Permission = (typeof Permission)[keyof typeof Permission];

/**
 * Reads a permission as people write it: any case, surrounding blanks, with or without the prefix
 * `Permission.` (`'Read'` and `'Permission.MANAGE_USERS'` both resolve).
 *
 * @returns the permission, or `undefined` for anything else; never throws.
 */
export const parsePermission: (text: unknown) => Permission | undefined = namedValueReader(
  'Permission',
  Permission,
);
