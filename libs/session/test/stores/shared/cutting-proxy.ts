import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What is lost when a connection is cut in mid-command. */
export type Lost = 'the request' | 'the reply';

/** Passes bytes on to a server on this machine, and cuts the connection where it is told to. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #next: Lost | undefined;
  /** How often it has cut. */
  cuts = 0;

  private constructor(port: number) {
    this.#server = createServer((client) => this.#join(client, connect(port, '127.0.0.1')));
  }

  static async to(port: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts the connection over which the next request comes: before the server gets it, or once it has answered. */
  cutNext(lost: Lost): void {
    this.#next = lost;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    let isDoomed = false;
    const cut = () => {
      this.cuts += 1;
      client.destroy();
      server.destroy();
    };
    client.on('data', (request) => {
      if (this.#next !== undefined) {
        const lost = this.#next;
        this.#next = undefined;
        if (lost === 'the request') return cut();
        isDoomed = true;
      }
      server.write(request);
    });
    server.on('data', (reply) => (isDoomed ? cut() : client.write(reply)));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
  }
}
