/** However the package comes into a process, each of its classes is there once. */
import * as imported from 'nestjs-session-manager';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { exports: subpaths } = require('nestjs-session-manager/package.json') as { exports: object };

assert.equal(require('nestjs-session-manager').SessionManager, imported.SessionManager);
for (const subpath of Object.keys(subpaths).filter((subpath) => subpath !== './package.json')) {
  const specifier = `nestjs-session-manager${subpath.slice(1)}`;
  assert.deepEqual({ ...require(specifier) }, { ...(await import(specifier)) });
}
