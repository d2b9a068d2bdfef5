import type { Contestant } from '../harness/contest.js';
import { cpuTimeOf } from '../harness/cpu-time-of.js';
import { profileOf, type Greeting, type Platform } from '../servers/server.js';
import { Connection, getRequest } from '../workload/connection.js';
import { proveGuarded } from '../workload/http-proofs.js';
import { payVisits } from '../workload/visits.js';
import { ServerProcess } from './server-process.js';

const CONNECTIONS = 16;

/** A server in a process of its own, asked over HTTP. */
export class HttpServer {
  readonly #name: string;
  readonly #process: ServerProcess;
  readonly #greeting: Greeting;
  readonly #connections: readonly Connection[];

  private constructor(
    name: string,
    process: ServerProcess,
    greeting: Greeting,
    connections: readonly Connection[],
  ) {
    this.#name = name;
    this.#process = process;
    this.#greeting = greeting;
    this.#connections = connections;
  }

  /** Starts it, and has it show that its guard is one. */
  static async start(name: string, platform: Platform): Promise<HttpServer> {
    const process = new ServerProcess(name, platform);
    const greeting = await process.greeting();
    const connections = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => Connection.open(greeting.port)),
    );
    await proveGuarded(name, greeting, (headers) => connections[0]!.ask(getRequest('/profile', headers)));
    return new HttpServer(name, process, greeting, connections);
  }

  contestant(operations: number): Contestant {
    const visits = this.#greeting.admitted.map(({ username, headers }) => ({
      request: getRequest('/profile', headers),
      answer: { status: 200, body: JSON.stringify(profileOf(username)) },
    }));
    return {
      name: this.#name,
      meter: cpuTimeOf(() => this.#process.cpuUsage()),
      prepare: () => () => payVisits(this.#connections, visits, operations),
    };
  }

  stop(): void {
    for (const connection of this.#connections) connection.close();
    this.#process.stop();
  }
}
