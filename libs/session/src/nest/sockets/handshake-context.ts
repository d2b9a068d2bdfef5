import type { ExecutionContext, Type } from '@nestjs/common';

/** What a guard finds as the arguments of a handler: over HTTP a request and its response, of socket.io the socket. */
export type Handshake =
  | { readonly kind: 'http'; readonly args: readonly [request: object, response: object] }
  | { readonly kind: 'ws'; readonly args: readonly [socket: object] };

/** A handshake, as guards know a handler: what stands on the gateway's class holds for it. */
export function handshakeContext({ kind, args }: Handshake, gateway: Type<unknown>): ExecutionContext {
  const nothing = () => undefined as never;
  const argument = (index: number) => () => args[index] as never;
  return {
    getClass: () => gateway as never,
    getHandler: () => gateway,
    getType: () => kind as never,
    getArgs: () => [...args] as never,
    getArgByIndex: (index) => args[index] as never,
    switchToHttp: () => ({ getRequest: argument(0), getResponse: argument(1), getNext: nothing }),
    switchToWs: () => ({ getClient: argument(0), getData: nothing, getPattern: () => 'connection' }),
    switchToRpc: () => ({ getData: nothing, getContext: nothing }),
  };
}
