/**
 * Builds both halves of the package: `dist/esm`, which Node itself always takes, by `import` and by `require`
 * alike (condition `module-sync`), so that there is one copy of every class; and `dist/cjs` for tools that cannot
 * load ES modules synchronously, such as Jest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const at = (path) => new URL(path, import.meta.url);

async function compile(project) {
  const [code] = await once(
    spawn(process.execPath, [tsc, '--project', project], { cwd: at('.'), stdio: 'inherit' }),
    'exit',
  );
  if (code !== 0) process.exitCode = 1;
}

rmSync(at('dist'), { recursive: true, force: true });
await Promise.all(['tsconfig.build.json', 'tsconfig.cjs.json'].map(compile));
writeFileSync(at('dist/cjs/package.json'), '{ "type": "commonjs" }\n');
