import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkTypes } from './check-types.js';
import { parseGuide, type CommandStep, type FileStep } from './parse-guide.js';
import { countListening, onFreePorts } from './ports.js';
import { readerEnvironment } from './reader-environment.js';
import { Shell } from './shell.js';
import { Transcript } from './transcript.js';

const LIBRARY = join(import.meta.dirname, '..', '..', 'libs', 'session', 'dist');
const BACKGROUND = /\s*&$/;

/**
 * Does what a guide says, in an empty folder outside the repository, as its reader would: writes the files, types
 * the commands, and compares what they print with what the guide shows.
 *
 * @throws Error at the first step that does not go as the guide says.
 */
export async function runGuide(guide: string): Promise<void> {
  if (!existsSync(LIBRARY)) throw new Error(`${LIBRARY} is missing: run "npm run build" first`);
  const { markdown, ports } = await onFreePorts(guide);
  const steps = parseGuide(markdown);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'guide-')));
  try {
    const folder = join(root, 'app');
    await mkdir(folder);
    const terminal = new Terminal(folder, await readerEnvironment(root), ports);
    try {
      for (const step of steps) await (step.kind === 'file' ? write(folder, step) : terminal.type(step));
    } finally {
      await terminal.close();
    }
    if (steps.some((step) => step.kind === 'file' && step.path.endsWith('.ts'))) await checkTypes(folder);
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function write(folder: string, { path, content }: FileStep): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

/** Where the reader types. */
class Terminal {
  readonly #folder: string;
  readonly #shell: Shell;
  readonly #ports: readonly number[];
  readonly #transcript = new Transcript();
  #servers = 0;

  constructor(folder: string, environment: NodeJS.ProcessEnv, ports: readonly number[]) {
    this.#folder = folder;
    this.#shell = new Shell(folder, environment);
    this.#ports = ports;
  }

  async type(step: CommandStep): Promise<void> {
    const command = this.#transcript.commandFor(step.command);
    if (BACKGROUND.test(command)) return this.#serve(step, command);
    const { status, output } = await this.#shell.run(command);
    if (status !== 0) throw failure(step, `ended with ${status}`, output);
    if (step.shown.length > 0 && !this.#transcript.matches(step.shown, output)) {
      throw failure(step, 'printed something else', output);
    }
  }

  /** Starts a server and waits until it can be asked. */
  async #serve(step: CommandStep, command: string): Promise<void> {
    if (step.shown.length > 0) throw failure(step, 'is a server, whose output is not compared', '');
    const log = `${this.#folder}.${(this.#servers += 1)}.log`;
    const before = await countListening(this.#ports);
    await this.#shell.run(`${command.replace(BACKGROUND, '')} >'${log}' 2>&1 &`);
    while ((await countListening(this.#ports)) <= before) {
      const { status } = await this.#shell.run('kill -0 $!');
      if (status !== 0) throw failure(step, 'ended before it listened', await readFile(log, 'utf8'));
      await sleep(100);
    }
  }

  /** Ends all servers; the system lets go of their ports a moment after they are killed. */
  async close(): Promise<void> {
    await this.#shell.close();
    while ((await countListening(this.#ports)) > 0) await sleep(10);
  }
}

function failure({ line, command, shown }: CommandStep, what: string, output: string): Error {
  const expected = shown.length > 0 ? `\nThe guide shows:\n${shown.join('\n')}` : '';
  return new Error(`Line ${line}: $ ${command}\n${what}${expected}\nIt printed:\n${output}`);
}
