import type { ModulesContainer } from '@nestjs/core';
import { addressOf, gatewaysOf, spelt } from '../sockets/gateways-at.js';
import { methodsOf, said, type FoundHandler, type Reach } from './found-handler.js';

// What the decorators of @nestjs/websockets write, the same from 10 to 12.
const IS_MESSAGE = 'websockets:message_mapping';
const MESSAGE = 'message';

/** The messages that gateways take, and the connections to them. */
export function gatewayHandlers(modules: ModulesContainer, guardedBy: Reach): FoundHandler[] {
  return gatewaysOf(modules).flatMap((controller) => {
    const address = spelt(addressOf(controller));
    const messages = methodsOf(controller.prototype as object).filter(([, handler]) =>
      said(IS_MESSAGE, handler),
    );
    return [
      {
        kind: 'handshake',
        entry: `connect ${address}`,
        name: controller.name,
        handler: controller,
        controller,
        guardedBy: 'none',
      },
      ...messages.map(([name, handler]): FoundHandler => ({
        kind: 'ws',
        entry: `${address} ${textOf(said(MESSAGE, handler))}`,
        name: `${controller.name}.${name}`,
        handler,
        controller,
        guardedBy,
      })),
    ];
  });
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
