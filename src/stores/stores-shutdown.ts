import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { SessionStores } from './session-stores.js';

/** Injects what {@link StoresShutdown} ends. */
export const SESSION_STORES = Symbol('SESSION_STORES');

/** Ends the connections to stores, which are the application's, once requests and the library are done with them. */
@Injectable()
export class StoresShutdown implements OnApplicationShutdown {
  readonly #stores: SessionStores;

  constructor(@Inject(SESSION_STORES) stores: SessionStores) {
    this.#stores = stores;
  }

  onApplicationShutdown(): void {
    this.#stores.close();
  }
}
