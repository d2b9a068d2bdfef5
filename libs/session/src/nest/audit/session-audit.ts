import { Injectable, Optional } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { installedMajor } from '../../util/installed-major.js';
import { rulesOf, type RouteRules } from '../rules/route-rules.js';
import { addressOf, gatewaysAt } from '../sockets/gateways-at.js';
import { isGuarded } from '../sockets/guarded-addresses.js';
import { accessOf } from './access-of.js';
import type { AuditedHandler, AuditOptions } from './audited-handler.js';
import { asLines, asTable } from './audit-table.js';
import { globalGuards, guardsBefore, type BoundGuard, type BoundGuards } from './bound-guards.js';
import type { FoundHandler } from './found-handler.js';
import { gatewayHandlers } from './gateway-handlers.js';
import { graphqlHandlers } from './graphql-handlers.js';
import { httpHandlers } from './http-handlers.js';
import { rpcHandlers } from './rpc-handlers.js';

/** From this major on `APP_GUARD` reaches gateways. */
const GUARDS_GATEWAYS = 12;

/**
 * Tells of every handler of the application who gets in, by what Nest and the guards of this library go by themselves. Ask it
 * after `app.init()`, since connections to gateways are guarded from then on.
 *
 * Out of its sight is what never becomes a handler: middleware, static files, what a module puts on the adapter by hand, as
 * `/graphql` and the pages of OpenAPI are. Guards that it does not see, as those of `app.useGlobalGuards()`, count for
 * nothing.
 */
@Injectable()
export class SessionAudit {
  readonly #modules: ModulesContainer;
  readonly #server: HttpAdapterHost | undefined;

  /** @internal Nest injects; what it takes is optional for Nest only, since `SessionModule` says in better words what is wrong. */
  constructor(@Optional() modules: ModulesContainer, @Optional() server?: HttpAdapterHost) {
    this.#modules = modules;
    this.#server = server;
  }

  /** All handlers, by kind, entry and name. */
  handlers(options: AuditOptions = {}): AuditedHandler[] {
    const global = globalGuards(this.#modules);
    return this.#found(options)
      .map((handler) => this.#audited(handler, global))
      .sort(inOrder);
  }

  /** The same as a table for people, and what is to be done about handlers that nobody guards. */
  table(options?: AuditOptions): string {
    return asTable(this.handlers(options));
  }

  /** The same as a line for each handler, for a snapshot or a file: a route more is a line more. */
  snapshot(options?: AuditOptions): string {
    return asLines(this.handlers(options));
  }

  #found({ rpcInherits = false }: AuditOptions): FoundHandler[] {
    const modules = [...this.#modules.values()];
    const reachesGateways = (installedMajor('@nestjs/core') ?? 0) >= GUARDS_GATEWAYS;
    // A microservice without a server of HTTP is an application itself, and what is bound in it is its own.
    const reachesRpc = rpcInherits || !this.#server?.httpAdapter;
    return [
      ...modules.flatMap((module) => [
        ...httpHandlers(module, this.#modules),
        ...graphqlHandlers(module, this.#modules),
        ...rpcHandlers(module, reachesRpc ? 'all' : 'own'),
      ]),
      ...gatewayHandlers(this.#modules, reachesGateways ? 'all' : 'own'),
    ];
  }

  #audited(found: FoundHandler, global: readonly BoundGuard[]): AuditedHandler {
    const { kind, entry, name, handler, controller } = found;
    const guards = kind === 'handshake' ? this.#guardsOfHandshake(found) : guardsBefore(found, global);
    const rules = kind === 'handshake' ? this.#rulesOfHandshake(found) : rulesOf(handler, controller);
    return { kind, entry, name, ...accessOf(rules, guards), otherGuards: guards.others };
  }

  /** Nest runs none. */
  #guardsOfHandshake({ controller }: FoundHandler): BoundGuards {
    return { session: isGuarded(this.#modules, addressOf(controller)), dataset: false, others: [] };
  }

  /** Who connects has to please all gateways that share the server, so that the strictest one's are those of all. */
  #rulesOfHandshake({ controller }: FoundHandler): RouteRules {
    const address = addressOf(controller);
    const own = rulesOf(controller, controller);
    if (!isGuarded(this.#modules, address)) return own;
    const rules = gatewaysAt(this.#modules, address).map((gateway) => rulesOf(gateway, gateway));
    return STRICTEST_FIRST.flatMap((mode) => rules.filter((each) => each.mode === mode))[0] ?? own;
  }
}

const STRICTEST_FIRST: readonly RouteRules['mode'][] = ['required', 'optional', 'public'];

/** The same on every machine, whatever its language. */
function inOrder(one: AuditedHandler, other: AuditedHandler): number {
  const [first, second] = [one, other].map(({ kind, entry, name }) => `${kind} ${entry} ${name}`);
  if (first === second) return 0;
  return first! < second! ? -1 : 1;
}
