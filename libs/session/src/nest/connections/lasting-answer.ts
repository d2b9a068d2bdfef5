import type { SessionInfo } from '../../core/session.js';
import type { RequestContext } from '../contexts/request-context.js';
import { HttpContext } from '../contexts/http/http-context.js';
import type { SessionConnections } from './session-connections.js';

/** A response of node:http, as far as it is used here. */
interface RawResponse {
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  readonly socket: {
    readonly destroyed: boolean;
    destroy(): void;
    destroySoon(): void;
  } | null;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
  end(ended: () => void): unknown;
}

/** How long a client that reads nothing may keep an answer from ending, in milliseconds. */
const PATIENCE = 500;

/**
 * Lets an answer in that lasts, as that of an `@Sse()` route, and ends it together with its connection when what opened it
 * ends.
 *
 * @throws SessionError as {@link SessionConnections.admit}.
 */
export async function trackAnswer(
  here: RequestContext,
  session: SessionInfo,
  credential: string | undefined,
  connections: SessionConnections | undefined,
): Promise<void> {
  if (connections === undefined || !(here instanceof HttpContext)) return;
  const answer = rawResponse(here.response);
  const connection = await connections.admit(session, () => end(answer), credential);
  if (isOver(answer)) connection.forget();
  else answer.once('close', () => connection.forget());
}

/** Of Express it is the response itself, of Fastify what is in its reply. */
function rawResponse(response: object): RawResponse {
  const { raw } = response as { readonly raw?: RawResponse };
  return raw ?? (response as RawResponse);
}

/** Its client may have gone while it was let in. */
function isOver({ destroyed, writableFinished, socket }: RawResponse): boolean {
  return destroyed || writableFinished || socket?.destroyed === true;
}

/**
 * The client reads an end, and whoever produces the answer sees the connection close: Nest leaves a producer subscribed for
 * as long as that is kept alive.
 */
function end(answer: RawResponse): void {
  // What is written between the end and the close would be an error that nobody handles.
  answer.on('error', () => undefined);
  // Taken now, since a response that has finished has none.
  const { socket } = answer;
  const cut = setTimeout(() => socket?.destroy(), PATIENCE).unref();
  answer.end(() => {
    clearTimeout(cut);
    socket?.destroySoon();
  });
}
