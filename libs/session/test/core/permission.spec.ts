import { describe, expect, it } from '@jest/globals';
import { parsePermission, Permission } from '../../src/core/permission.js';

describe('Permission', () => {
  it("has plantdb's six", () => {
    expect(Object.values(Permission)).toEqual([
      'read',
      'write',
      'create',
      'delete',
      'manage_users',
      'manage_groups',
    ]);
  });
});

describe('parsePermission', () => {
  it.each([
    ['read', Permission.Read],
    ['Read', Permission.Read],
    [' Permission.WRITE ', Permission.Write],
    ['permission.create', Permission.Create],
    ['DELETE', Permission.Delete],
    ['Permission.MANAGE_USERS', Permission.ManageUsers],
    ['manage_groups', Permission.ManageGroups],
  ])('reads %p', (text, permission) => {
    expect(parsePermission(text)).toBe(permission);
  });

  it.each([
    '',
    'ManageUsers',
    'manage users',
    'reads',
    'read,write',
    '*',
    'Permission.',
    'Permission.Permission.READ',
    'TokenType.ACCESS',
    'constructor',
    '__proto__',
    'Permission.__proto__',
    'valueOf',
  ])('P1 knows no permission in %p', (text) => {
    expect(parsePermission(text)).toBeUndefined();
  });

  it.each([[undefined], [null], [1], [true], [['read']], [{ toString: () => 'read' }], [Symbol('read')]])(
    'never throws for something other than text: %p',
    (value) => {
      expect(parsePermission(value)).toBeUndefined();
    },
  );
});
