import { transformFileSync } from '@swc/core';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
const FOLDERS = ['core', 'stores/file', 'stores/memory'];

/** Runs scripts in processes of their own, on a copy of the stores compiled from the sources as they stand. */
export class OtherProcesses {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nsm-compiled-'));

  constructor() {
    writeFileSync(join(this.#folder, 'package.json'), '{ "type": "module" }');
    for (const folder of FOLDERS) {
      mkdirSync(join(this.#folder, folder), { recursive: true });
      for (const file of readdirSync(join(SOURCES, folder)).filter((name) => name.endsWith('.ts'))) {
        const { code } = transformFileSync(join(SOURCES, folder, file), {
          swcrc: false,
          jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
          module: { type: 'es6' },
        });
        writeFileSync(join(this.#folder, folder, file.replace(/\.ts$/, '.js')), code);
      }
    }
  }

  /**
   * Runs `script` with `store`, a FileApiTokenStore on `folder`, and `args` in scope; answers what it printed.
   * It is ended after ten seconds.
   */
  async withStore(folder: string, script: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { FileApiTokenStore } from './stores/file/file-api-token.store.js';
         const [folder, ...args] = process.argv.slice(1);
         const store = new FileApiTokenStore(folder, { logger: console });
         ${script}`,
        folder,
        ...args,
      ],
      { cwd: this.#folder, timeout: 10_000, killSignal: 'SIGKILL' },
    );
    return stdout;
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
