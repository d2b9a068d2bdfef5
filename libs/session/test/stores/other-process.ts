import { transformFileSync } from '@swc/core';
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
const FOLDERS = ['util', 'core', 'stores/file', 'stores/memory'];

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
   * It is ended after two minutes, which only one that hangs takes.
   */
  async withStore(folder: string, script: string, ...args: string[]): Promise<string> {
    return this.#run(process.execPath, this.#given(folder, script, args));
  }

  /** The same, where no file may grow beyond that many blocks of 512 bytes. */
  async onFullDisk(blocks: number, folder: string, script: string, ...args: string[]): Promise<string> {
    const limited = `ulimit -f ${blocks} && exec "$0" "$@"`;
    return this.#run('/bin/sh', ['-c', limited, process.execPath, ...this.#given(folder, script, args)]);
  }

  /** Starts `script` and leaves it running; the caller ends it, or sees it end. */
  start(folder: string, script: string, ...args: string[]): ChildProcessByStdio<null, Readable, null> {
    return spawn(process.execPath, this.#given(folder, script, args), {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async #run(program: string, args: string[]): Promise<string> {
    const { stdout } = await run(program, args, {
      cwd: this.#folder,
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    return stdout;
  }

  #given(folder: string, script: string, args: string[]): string[] {
    const prelude = `
      import { writeSync } from 'node:fs';
      import { open } from 'node:fs/promises';
      import { FileApiTokenStore } from './stores/file/file-api-token.store.js';
      const [folder, ...args] = process.argv.slice(1);
      const quiet = { debug() {}, log() {}, warn() {}, error() {} };
      const store = new FileApiTokenStore(folder, { logger: quiet, compactAbove: 4096 });
      const sweep = (now) => store.sweepExpired(now, { budgetMs: 1000, batchSize: 1000 });
      const say = (text) => writeSync(1, text + '\\n');`;
    return ['--input-type=module', '--eval', `${prelude}\n${script}`, folder, ...args];
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
