/**
 * What users import the package by. The one list is `exports` in package.json: the build, Jest, the API reference and
 * tests go by it, and `test/subpaths.spec.ts` tells what has to be written beside it.
 */
import { readFileSync } from 'node:fs';

const { name, exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

export const SUBPATHS = Object.entries(exports)
  .filter(([subpath]) => subpath !== './package.json')
  .map(([subpath, conditions]) => ({
    subpath,
    specifier: name + subpath.slice(1),
    module: moduleIn(conditions),
  }));

/** The module that all conditions of a subpath have to lead to, if in one build or the other: that of the first. */
function moduleIn(conditions) {
  return /"\.\/dist\/\w+\/(.+?)\.(?:d\.ts|js)"/.exec(JSON.stringify(conditions))[1];
}
