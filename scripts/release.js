/**
 * Releases the library. Without `--publish` it is a rehearsal, which takes neither network nor login: it builds and
 * checks the package, shows what would be published, and lists what stands against that.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARY = 'nestjs-session-manager';
const MANIFEST = 'libs/session/package.json';
/** A package without these is broken, however green everything else is. */
const REQUIRED = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/cjs/package.json'];

process.chdir(join(import.meta.dirname, '..'));

// `npm publish` would run it, if .npmrc did not forbid the scripts of packages, ours among them.
run('npm', 'run', 'prepack', '-w', LIBRARY);
run('npm', 'run', 'package');
const objections = [...tree(), ...changesets(), ...manifest()];
show(contents());
for (const objection of objections) console.log(`Stands against it: ${objection}`);

if (!process.argv.includes('--publish')) {
  console.log('A rehearsal: nothing was published. npm run release -- --publish does it.');
} else if (objections.length > 0) {
  process.exitCode = 1;
} else {
  publish();
}

/**
 * `private` keeps a plain `npm publish` from sending a package that nobody built: scripts that would build it are off.
 * It goes for as long as it takes to publish.
 */
function publish() {
  const manifest = readFileSync(MANIFEST, 'utf8');
  writeFileSync(MANIFEST, JSON.stringify({ ...JSON.parse(manifest), private: undefined }, null, 2));
  try {
    run('npx', '--no-install', 'changeset', 'publish');
  } finally {
    writeFileSync(MANIFEST, manifest);
  }
}

function tree() {
  const branch = read('git', 'branch', '--show-current');
  return told({
    [`the branch is ${branch || 'none'}, not main`]: branch !== 'main',
    'the tree is not clean': read('git', 'status', '--porcelain') !== '',
  });
}

function changesets() {
  const waiting = readdirSync('.changeset').filter((file) => file.endsWith('.md') && file !== 'README.md');
  return told({
    'a change since main has no changeset': !succeeds('npx', '--no-install', 'changeset', 'status'),
    [`${waiting.length} changesets wait for npm run release:version`]: waiting.length > 0,
  });
}

function manifest() {
  const { version, repository } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const headings = readFileSync('libs/session/CHANGELOG.md', 'utf8').match(/^## .*/gm) ?? [];
  const heading = headings.find((text) => text.split(' ')[1] === version);
  return told({
    [`the CHANGELOG has no section for ${version}`]: heading === undefined,
    [`the CHANGELOG calls ${version} unreleased`]: heading?.includes('unreleased'),
    [`${MANIFEST} names no repository`]: repository === undefined,
  });
}

/** What npm would send. */
function contents() {
  const [sent] = JSON.parse(read('npm', 'pack', '--dry-run', '--json', '-w', LIBRARY));
  const missing = REQUIRED.filter((file) => !sent.files.some(({ path }) => path === file));
  if (missing.length > 0) throw new Error(`The package lacks ${missing.join(', ')}`);
  return sent;
}

function show({ id, size, unpackedSize, files }) {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  const count = (folder) => files.filter(({ path }) => path.startsWith(folder)).length;
  const loose = files.map(({ path }) => path).filter((path) => !path.includes('/'));
  console.log(
    `\n${id}: ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked, ${files.length} files`,
  );
  for (const folder of ['dist/esm/', 'dist/cjs/', 'src/']) console.log(`  ${folder} ${count(folder)} files`);
  console.log(`  ${loose.join(', ')}\n`);
}

/** The names of those that are true. */
function told(facts) {
  return Object.keys(facts).filter((fact) => facts[fact]);
}

function run(command, ...args) {
  execFileSync(command, args, { stdio: 'inherit' });
}

function read(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

function succeeds(command, ...args) {
  try {
    read(command, ...args);
    return true;
  } catch {
    return false;
  }
}
