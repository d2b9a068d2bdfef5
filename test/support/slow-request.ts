import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

/** A request whose head is with the server already, and whose body the test sends when it likes. */
export interface SlowRequest {
  /** Sends what is left of the body, and resolves to the answer. */
  finish(rest: string | Uint8Array): Promise<SlowAnswer>;
  /** Closes the connection instead. */
  abandon(): void;
}

interface SlowAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends the head, and the first bytes of the body; resolves when the server has begun to handle it. */
export async function beginRequest(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  first: string | Uint8Array = '',
): Promise<SlowRequest> {
  // The server says 100 as it hands the request on (RFC 9110 §10.1.1).
  const sent: ClientRequest = request(url, { method, headers: { ...headers, Expect: '100-continue' } });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write(first);
  return {
    abandon: () => {
      answered.catch(() => undefined);
      sent.destroy();
    },
    finish: async (rest) => {
      sent.end(rest);
      const [response] = await answered;
      let body = '';
      for await (const chunk of response) body += String(chunk);
      return { status: response.statusCode ?? 0, body };
    },
  };
}
