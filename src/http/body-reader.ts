import { Injectable } from '@nestjs/common';
import { carriedSession, SessionManager, SessionTransport } from 'nestjs-session-manager';
import { nodeRequest, type AnyRequest } from './node-request.js';
import { readBody, readWholeBody } from './read-body.js';

/**
 * Reads bodies after the guards, and at the end of each asks again whether the sender may still come in: a body can
 * be minutes in coming, and by then whoever was let in at its head may have been logged out.
 */
@Injectable()
export class BodyReader {
  readonly #sessions: SessionManager;
  readonly #transport: SessionTransport;

  constructor(sessions: SessionManager, transport: SessionTransport) {
    this.#sessions = sessions;
    this.#transport = transport;
  }

  /**
   * The body, piece by piece.
   *
   * @throws whatever {@link readBody} throws.
   * @throws SessionValidationError after the last piece, if the token that let the request in opens nothing any more.
   */
  async *read(request: AnyRequest, maxBytes: number): AsyncGenerator<Uint8Array> {
    yield* readBody(nodeRequest(request), maxBytes);
    await this.#admitAgain(request);
  }

  /**
   * The body as a whole.
   *
   * @throws as {@link read} does.
   */
  async readWhole(request: AnyRequest, maxBytes: number): Promise<Buffer> {
    const body = await readWholeBody(nodeRequest(request), maxBytes);
    await this.#admitAgain(request);
    return body;
  }

  async #admitAgain(request: AnyRequest): Promise<void> {
    const letIn = carriedSession(request);
    if (letIn === undefined) return;
    await this.#sessions.validateSession(this.#transport.read(request), { accept: [letIn.session.type] });
  }
}
