/** However the package comes into a process, each of its classes is there once. */
import * as imported from 'nestjs-session-manager';
import * as importedTesting from 'nestjs-session-manager/testing';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

assert.equal(require('nestjs-session-manager').SessionManager, imported.SessionManager);
assert.deepEqual({ ...require('nestjs-session-manager') }, { ...imported });
assert.deepEqual({ ...require('nestjs-session-manager/testing') }, { ...importedTesting });
