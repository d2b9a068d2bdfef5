import type { ArgumentsHost } from '@nestjs/common';
import type { SessionError } from '../../../core/errors.js';
import type { GuardSettings } from '../../settings.js';
import type { ErrorFrame } from '../error-frame.js';
import type { RefusalDisclosure } from '../http/http-errors.js';
import { AUTHORIZATION, bearerIn, ownMember, tokenIn } from '../offers.js';
import type { RequestContext } from '../request-context.js';
import { messageContext } from './message-context.js';
import { rpcFrame } from './rpc-frame.js';
import { rpcHeaders, type RpcHeaders } from './rpc-headers.js';

/** A message of a microservice. An event may have several handlers, which share what Nest hands over with it. */
export class RpcContext implements RequestContext {
  readonly shared = 'request';
  readonly carrier: object;
  readonly #host: ArgumentsHost;

  private constructor(host: ArgumentsHost, carrier: object) {
    this.#host = host;
    this.carrier = carrier;
  }

  /** `undefined` where a transport of the application's hands nothing over beside the message. */
  static of(host: ArgumentsHost): RpcContext | undefined {
    const context = messageContext(host);
    return context && new RpcContext(host, context);
  }

  get #headers(): RpcHeaders | undefined {
    return rpcHeaders(this.carrier);
  }

  /** What a transport reads: headers that came once, as texts. */
  get request(): { readonly headers: Readonly<Record<string, unknown>> } {
    const single = [...(this.#headers ?? [])].filter(([, values]) => values.length === 1);
    return { headers: Object.fromEntries(single.map(([name, [value]]) => [name, value])) };
  }

  /** A member of the message. */
  parameter(name: string): unknown {
    return ownMember(this.#host.getArgByIndex(0), name);
  }

  unreadable({ rpcCredential }: GuardSettings): string | undefined {
    if (this.#headers !== undefined || rpcCredential !== undefined) return undefined;
    return (
      'messages of this transport have no headers, so that everyone is refused; ' +
      'say by the option rpcCredential where they carry a token'
    );
  }

  async offered({ rpcCredential }: GuardSettings): Promise<string | undefined> {
    const headers = this.#headers;
    if (headers !== undefined) return bearerIn(headers.get(AUTHORIZATION) ?? []);
    return tokenIn(await rpcCredential?.(this.#host.getArgByIndex(0), this.carrier));
  }

  exceptionFor(error: SessionError, disclosure?: RefusalDisclosure): Promise<Error> {
    return rpcException(rpcFrame(error, this.#host, disclosure));
  }
}

async function rpcException(frame: ErrorFrame): Promise<Error> {
  const { RpcException } = await import('@nestjs/microservices');
  return new RpcException(frame);
}
