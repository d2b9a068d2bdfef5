/**
 * Builds both halves of the package: `dist/esm`, which Node itself always takes, by `import` and by `require`
 * alike (condition `module-sync`), so that there is one copy of every class; and `dist/cjs` for tools that cannot
 * load ES modules synchronously, such as Jest; and `schema.sql`, which `ensureSchema` runs, for those who run their own
 * migrations. Then the package is whole: `npm pack` runs no script here, by `.npmrc`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ts from 'typescript';
import { SUBPATHS } from './subpaths.js';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const at = (path) => new URL(path, import.meta.url);

async function compile(project) {
  const [code] = await once(
    spawn(process.execPath, [tsc, '--project', project], { cwd: at('.'), stdio: 'inherit' }),
    'exit',
  );
  if (code !== 0) process.exitCode = 1;
}

/** Deletes the declarations that no subpath leads to: a user's compiler never reads them. */
function pruneDeclarations(folder) {
  const reached = new Set();
  const reach = (file) => {
    if (reached.has(file.href)) return;
    reached.add(file.href);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
      if (fileName.startsWith('.')) reach(new URL(fileName.replace(/\.js$/, '.d.ts'), file));
    }
  };
  for (const { module } of SUBPATHS) reach(new URL(`${module}.d.ts`, folder));
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = new URL(name.replace(/\.map$/, ''), folder);
    if (file.href.endsWith('.d.ts') && !reached.has(file.href)) rmSync(new URL(name, folder));
  }
}

rmSync(at('dist'), { recursive: true, force: true });
await Promise.all(['tsconfig.build.json', 'tsconfig.cjs.json'].map(compile));
['dist/esm/', 'dist/cjs/'].map(at).forEach(pruneDeclarations);
writeFileSync(at('dist/cjs/package.json'), '{ "type": "commonjs" }\n');
copyFileSync(at('../../README.md'), at('README.md'));
const { migration } = await import(new URL('dist/esm/stores/postgres/schema/schema-sql.js', import.meta.url));
writeFileSync(at('schema.sql'), migration('nsm', 0, false));
