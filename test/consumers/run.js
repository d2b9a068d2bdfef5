/**
 * Proves that the packed library works in strangers' projects: each folder beside this file is one, with a Nest,
 * a TypeScript and a module system of its own. It is copied out of the repository together with the programs in
 * `shared` (a consumer's own file goes before a shared one), installs the tarball, builds and runs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = join(ROOT, 'test/consumers');
/** How many consumers are at work together: while one waits for the network, another compiles. */
const AT_ONCE = 2;
/** How often an application starts to measure it; the median counts. */
const STARTS = 5;
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

/** Builds and packs the library into `folder`, under the name by which the consumers depend on it. */
async function pack(folder) {
  await run(ROOT, 'npm', 'run', 'build:lib');
  await run(join(ROOT, 'libs/session'), 'npm', 'pack', '--pack-destination', folder);
  const [tarball] = readdirSync(folder);
  renameSync(join(folder, tarball), join(folder, 'nestjs-session-manager.tgz'));
}

/** Takes one consumer from nothing to its last test; answers its row of the table. */
async function tryOut(name, folder) {
  cpSync(join(HERE, 'shared'), join(folder, 'src'), { recursive: true });
  cpSync(join(HERE, name), folder, { recursive: true });
  const row = { Nest: '', Node: process.versions.node, TypeScript: '', modules: '' };
  try {
    const install = await run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts');
    row.Nest = manifest(folder, 'node_modules/@nestjs/core').version;
    row.TypeScript = manifest(folder, 'node_modules/typescript').version;
    row.modules = manifest(folder).type === 'module' ? 'ESM' : 'CommonJS';
    row['install s'] = install.seconds;
    row['compile s'] = (await run(folder, 'npm', 'run', 'build')).seconds;
    row['run s'] = (await run(folder, 'npm', 'test')).seconds;
    return { ...row, result: 'passed' };
  } catch (error) {
    console.log(`\n${name} failed:\n${error.message}\n`);
    process.exitCode = 1;
    return { ...row, result: 'FAILED' };
  }
}

function manifest(...folder) {
  return JSON.parse(readFileSync(join(...folder, 'package.json'), 'utf8'));
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
  await pack(temp);
  const names = readdirSync(HERE).filter((name) => name.startsWith('nest'));
  const rows = {};
  const waiting = [...names];
  const worker = async () => {
    for (let name; (name = waiting.shift());) rows[name] = await tryOut(name, join(temp, name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  console.table(rows);

  // One after the other, when nothing else is at work.
  const starts = {};
  for (const name of names) {
    if (rows[name].result === 'passed') starts[name] = await startUp(join(temp, name));
  }
  console.table(starts);
} finally {
  rmSync(temp, { recursive: true, force: true });
}
