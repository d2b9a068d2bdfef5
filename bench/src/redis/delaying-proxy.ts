import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Passes bytes on to a server on this machine, in either direction in the order in which they come, each after a while. */
export class DelayingProxy {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(port: number, delay: number) {
    this.#server = createServer((client) => {
      const server = connect(port, '127.0.0.1');
      this.#passOn(client, server, delay);
      this.#passOn(server, client, delay);
    });
  }

  /** @param delay milliseconds each way: never less, and as a rule a little more. */
  static async to(port: number, delay: number): Promise<DelayingProxy> {
    const proxy = new DelayingProxy(port, delay);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  #passOn(from: Socket, to: Socket, delay: number): void {
    this.#open.add(from.setNoDelay());
    const later = new Later(delay, (bytes) => to.write(bytes));
    from.on('data', (bytes) => later.pass(bytes));
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#open.delete(from);
      to.destroy();
    });
  }
}

/** Hands things on, each `delay` milliseconds after it came. One timer for all, so that none overtakes another. */
class Later {
  readonly #delay: number;
  readonly #hand: (bytes: Buffer) => void;
  readonly #waiting: { readonly bytes: Buffer; readonly due: number }[] = [];
  #isHanding = false;

  constructor(delay: number, hand: (bytes: Buffer) => void) {
    this.#delay = delay;
    this.#hand = hand;
  }

  pass(bytes: Buffer): void {
    this.#waiting.push({ bytes, due: performance.now() + this.#delay });
    if (!this.#isHanding) void this.#handAll();
  }

  async #handAll(): Promise<void> {
    this.#isHanding = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      // A timer may fire early by a part of a millisecond.
      for (let left = next.due - performance.now(); left > 0; left = next.due - performance.now())
        await pause(left);
      this.#hand(next.bytes);
    }
    this.#isHanding = false;
  }
}
