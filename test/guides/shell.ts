import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter, once } from 'node:events';

export interface CommandResult {
  readonly status: number;
  /** What it printed, standard error included. */
  readonly output: string;
}

/** Printed after each command, with its status: a record separator, which no program of a guide prints. */
const END = /\x1e(\d+)\x1e$/; // eslint-disable-line no-control-regex

/** Longer than anything takes on a busy machine: it is reached only when something hangs. */
const PATIENCE_MS = 240_000;

/** One shell for all commands of a guide, so that variables and background jobs live on, as in a reader's terminal. */
export class Shell {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #news = new EventEmitter();
  #output = '';
  #ended = false;

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    // A group of its own, so that closing reaches everything that was started in it.
    this.#process = spawn('sh', { cwd: folder, env: environment, detached: true });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk;
        this.#news.emit('news');
      });
    }
    this.#process.on('exit', () => {
      this.#ended = true;
      this.#news.emit('news');
    });
  }

  async run(command: string): Promise<CommandResult> {
    this.#output = '';
    this.#process.stdin.write(`{ ${command}\n} </dev/null 2>&1; printf '\\036%d\\036' $?\n`);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const end = END.exec(this.#output);
      if (end) return { status: Number(end[1]), output: this.#output.slice(0, end.index) };
      if (this.#ended) throw new Error(`$ ${command}\nended the shell:\n${this.#output}`);
      await once(this.#news, 'news', { signal }).catch(() => {
        throw new Error(`$ ${command}\nhas no end within ${PATIENCE_MS / 1000} s:\n${this.#output}`);
      });
    }
  }

  /** Ends all that runs in it. */
  async close(): Promise<void> {
    const closed = once(this.#process, 'close');
    process.kill(-this.#process.pid!, 'SIGKILL');
    await closed;
  }
}
