/**
 * Proves that the packed library works in strangers' projects: each folder beside this file is one, with a Nest,
 * a TypeScript and a module system of its own. Its manifest is what `nest new` of that Nest writes, less what only
 * formats, lints and watches. It is copied out of the repository together with the programs in `shared` (a
 * consumer's own file goes before a shared one), and then does what a user does: types the commands of the README's
 * table, without a lock file, so that the newest versions come; compiles, runs, and runs its unit tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = join(ROOT, 'test/consumers');
const PACKAGE = 'nestjs-session-manager';
/** How many consumers are at work together: while one waits for the network, another compiles. */
const AT_ONCE = 2;
/** How often an application starts to measure it; the median counts. */
const STARTS = 3;
const TIMEOUT = 240_000;

/** Runs a program to its end; answers what it printed, and how many seconds it took. */
async function run(cwd, command, ...args) {
  const start = performance.now();
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code, signal] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`${output}\n“${[command, ...args].join(' ')}” ended with ${code ?? signal}`);
  return { output, seconds: Number(((performance.now() - start) / 1000).toFixed(1)) };
}

/** Builds and packs the library; answers where the tarball lies. */
async function pack(folder) {
  await run(ROOT, 'npm', 'run', 'build:lib');
  await run(join(ROOT, 'libs/session'), 'npm', 'pack', '--pack-destination', folder);
  return join(folder, readdirSync(folder)[0]);
}

/** Takes one consumer from nothing to its last test; answers its row of the table. */
async function tryOut(name, folder, tarball) {
  cpSync(join(HERE, 'shared'), join(folder, 'src'), { recursive: true });
  // Those of Nest 10 leave them out of their build: the types of socket.io of today want a TypeScript of 5.7.
  if (manifest(HERE, name).consumer.hasGateways)
    cpSync(join(HERE, 'gateways'), join(folder, 'src'), { recursive: true });
  cpSync(join(HERE, name), folder, { recursive: true });
  const { type, consumer } = manifest(folder);
  const row = { modules: type === 'module' ? 'ESM' : 'CommonJS' };
  try {
    const packages = packagesFor(manifest(folder)).map((spec) => (spec === PACKAGE ? tarball : spec));
    const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages];
    row['install s'] = (await run(folder, 'npm', ...install)).seconds;
    for (const installed of ['@nestjs/core', '@nestjs/jwt', '@nestjs/schedule', 'typescript']) {
      row[installed] = versionOf(folder, installed);
    }
    row['compile s'] = (await run(folder, 'npm', 'run', 'build')).seconds;
    row['run s'] = (await run(folder, 'npm', 'run', 'smoke')).seconds;
    row['test s'] = isNode(consumer.testsFromNode)
      ? (await run(folder, 'npm', 'test')).seconds
      : `from Node ${consumer.testsFromNode}`;
    return { ...row, result: 'passed' };
  } catch (error) {
    console.log(`\n${name} failed:\n${error.message}\n`);
    process.exitCode = 1;
    return { ...row, result: 'FAILED' };
  }
}

/** What the README tells a project with that Nest to install. */
function packagesFor({ dependencies, consumer: { takes, leavesOut = [] } }) {
  const [major] = /\d+/.exec(dependencies['@nestjs/core']);
  const [head, , ...rows] = readFileSync(join(ROOT, 'README.md'), 'utf8')
    .match(/^\| Nest \|.*\n(?:\|.*\n)+/m)[0]
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const row = rows.find((cells) => cells[1] === major);
  return takes
    .flatMap((column) => /^`npm install (.+)`$/.exec(row[head.indexOf(column)])[1].split(' '))
    .filter((spec) => !leavesOut.some((name) => spec.startsWith(name)));
}

function isNode(wanted = 0) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor = 0] = String(wanted).split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function manifest(...folder) {
  return JSON.parse(readFileSync(join(...folder, 'package.json'), 'utf8'));
}

function versionOf(folder, name) {
  return existsSync(join(folder, 'node_modules', name)) ? manifest(folder, 'node_modules', name).version : '';
}

/** What the session module adds to the start of an application, in milliseconds. */
async function startUp(folder) {
  const starts = { with: [], without: [] };
  for (let start = 0; start < STARTS; start += 1) {
    for (const [mode, measured] of Object.entries(starts)) {
      measured.push(JSON.parse((await run(folder, process.execPath, 'dist/startup.js', mode)).output));
    }
  }
  return {
    'import ms': median(starts.with, 'importMs'),
    'create to listening ms': median(starts.with, 'listenMs'),
    'the same without SessionModule ms': median(starts.without, 'listenMs'),
  };
}

function median(measured, key) {
  return Math.round(measured.map((start) => start[key]).sort((a, b) => a - b)[STARTS >> 1]);
}

const temp = mkdtempSync(join(tmpdir(), 'consumers-'));
try {
  const tarball = await pack(temp);
  const chosen = process.argv.slice(2);
  const names = readdirSync(HERE)
    .filter((name) => name.startsWith('nest'))
    .filter((name) => chosen.length === 0 || chosen.includes(name));
  const rows = {};
  const waiting = [...names];
  const worker = async () => {
    for (let name; (name = waiting.shift());) rows[name] = await tryOut(name, join(temp, name), tarball);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  console.log(`Node ${process.versions.node}`);
  console.table(rows);

  if (!process.exitCode) {
    const starts = {};
    // One after the other, when nothing else is at work.
    for (const name of names) {
      if (existsSync(join(temp, name, 'dist/startup.js'))) starts[name] = await startUp(join(temp, name));
    }
    console.table(starts);
  }
} finally {
  rmSync(temp, { recursive: true, force: true });
}
