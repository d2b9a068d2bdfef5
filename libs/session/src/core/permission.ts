import { namedValueReader } from '../util/named-value.js';

/**
 * What an API token may do with a dataset. The names are plantdb's (`Permission` of the specification); what each
 * opens is for the routes to say.
 */
export const Permission = {
  /** Look at it. */
  Read: 'read',
  /** Change it. */
  Write: 'write',
  /** Make it. */
  Create: 'create',
  /** Remove it. */
  Delete: 'delete',
  /** Administer users. */
  ManageUsers: 'manage_users',
  /** Administer groups. */
  ManageGroups: 'manage_groups',
} as const;

/** One of the values of {@link Permission}. */
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
