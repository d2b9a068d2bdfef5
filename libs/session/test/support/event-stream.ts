import { Agent, request, type IncomingMessage } from 'node:http';

/** An open answer of an `@Sse()` route, over a connection that its client would keep. */
export interface EventStream {
  readonly status: number;
  /** All that came so far. */
  readonly text: () => string;
  /** Resolves when the answer has ended and its connection has closed. */
  readonly closed: Promise<void>;
  /** Leaves, as a client does that navigates away. */
  leave(): void;
}

/** Asks for one; resolves when the answer begins. */
export function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, headers }, (answer) => resolve(streamOf(answer, agent)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function streamOf(answer: IncomingMessage, agent: Agent): EventStream {
  let text = '';
  answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // One that is cut off is closed, too.
  answer.on('error', () => undefined);
  const { socket } = answer;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    status: answer.statusCode!,
    text: () => text,
    closed,
    leave: () => agent.destroy(),
  };
}
