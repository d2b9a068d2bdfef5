import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const PACKAGE = join(import.meta.dirname, '../..');

it('a plain npm publish sends nothing: npm run release -- --publish builds and checks first', () => {
  const { stderr } = spawnSync('npm', ['publish', '--dry-run', '--offline', '--loglevel=warn'], {
    cwd: PACKAGE,
    encoding: 'utf8',
  });
  // What npm says depends on whether it sees the workspace.
  expect(stderr).toMatch(/EPRIVATE|marked as private/);
});
