import { ForbiddenException, type ExecutionContext, type Type } from '@nestjs/common';
import type { SessionGuard } from '../guards/session.guard.js';
import { handshakeContext, type Handshake } from './handshake-context.js';

/** Judges handshakes by the guard that judges messages, and by what the decorators of the gateways say. */
export class HandshakeGuard {
  readonly #guard: Pick<SessionGuard, 'canActivate'>;
  readonly #gatewaysHere: () => readonly Type<unknown>[];
  #gateways: readonly Type<unknown>[] | undefined;

  /** @param gatewaysHere which are behind the server; asked at the first handshake, when all are known. */
  constructor(guard: Pick<SessionGuard, 'canActivate'>, gatewaysHere: () => readonly Type<unknown>[]) {
    this.#guard = guard;
    this.#gatewaysHere = gatewaysHere;
  }

  /** @throws what the guard throws for whom one of the gateways does not let in. */
  async judge(handshake: Handshake): Promise<void> {
    this.#gateways ??= this.#gatewaysHere();
    const gateways = this.#gateways.length > 0 ? this.#gateways : [UnknownGateway];
    for (const gateway of gateways) await this.#judgeFor(handshakeContext(handshake, gateway));
  }

  async #judgeFor(context: ExecutionContext): Promise<void> {
    if (!(await this.#guard.canActivate(context))) throw new ForbiddenException();
  }
}

/** No decorator says that it lets anyone in. */
class UnknownGateway {}
