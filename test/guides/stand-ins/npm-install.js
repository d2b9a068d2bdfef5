/**
 * `npm install [--save-dev] name[@major] …` without the network: links the workspace's packages into node_modules.
 * Only what is named is linked, so that a program which imports anything else does not find it.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const WORKSPACE = join(import.meta.dirname, '..', '..', '..', 'node_modules');
const SPECIFIER = /^((?:@[^@/]+\/)?[^@/]+)(?:@(\d+))?$/;
const FLAGS = new Map([
  ['-D', 'devDependencies'],
  ['--save-dev', 'devDependencies'],
]);

const words = process.argv.slice(3);
const manifest = readJson('package.json');
const kind = words.map((word) => FLAGS.get(word)).find(Boolean) ?? 'dependencies';

for (const specifier of words.filter((word) => !FLAGS.has(word))) {
  const [, name, major] = SPECIFIER.exec(specifier) ?? fail(`${specifier}: expected a name, or name@major`);
  const source = join(WORKSPACE, name);
  if (!existsSync(source)) fail(`${name}: not in the workspace`);
  const { version, bin } = readJson(join(source, 'package.json'));
  if (major !== undefined && major !== version.split('.')[0]) {
    fail(`${specifier}: the workspace has ${version}`);
  }
  link(source, name);
  const programs = typeof bin === 'string' ? { [basename(name)]: bin } : (bin ?? {});
  for (const [program, path] of Object.entries(programs)) link(join(source, path), `.bin/${program}`);
  manifest[kind] = { ...manifest[kind], [name]: `^${version}` };
}
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);

function link(source, name) {
  const target = join('node_modules', name);
  mkdirSync(dirname(target), { recursive: true });
  if (!existsSync(target)) symlinkSync(source, target);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function fail(reason) {
  process.stderr.write(`npm install: ${reason}\n`);
  process.exit(1);
}
