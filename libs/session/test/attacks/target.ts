import type { SessionManager } from '../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock } from '../../src/testing/manual-clock.js';
import { countedStore } from '../support/counted-store.js';
import { jwtManager, opaqueManager } from '../support/managers.js';
import { keyBytes } from '../tokens/fixtures.js';
import { Live } from './attack.js';
import type { Forgery, Kind } from './corpus.js';

/** A manager under attack. */
export interface Target {
  readonly live: Live;
  /** Presents a token wherever one of its kind opens something; resolves if any of these accepted it. */
  present(forgery: Forgery): Promise<unknown>;
  /** Uses the live token once, which must work however often it is done. */
  validate(): Promise<unknown>;
  /** How often a store was asked so far. */
  asked(): number;
}

/** @param options of the strategy, a cache for instance. */
export async function openTarget(kind: Kind, options: object = {}): Promise<Target> {
  const key = keyBytes('k');
  const clock = manualClock();
  const sessions = countedStore(new MemorySessionStore());
  const apiTokens = countedStore(new MemoryApiTokenStore());
  const manager: SessionManager =
    kind === 'opaque'
      ? await opaqueManager({ secretKey: key, store: sessions.store, clock, ...options })
      : await jwtManager({
          secretKey: key,
          store: sessions.store,
          apiTokenStore: apiTokens.store,
          clock,
          ...options,
        });
  const [alice, bob] = [await tokenOf(manager, 'alice', kind), await tokenOf(manager, 'bob', kind)];
  // Behind the window of grace, in which the generation before is still honoured.
  clock.advance('1m');
  const accept = kind === 'refresh' ? (['refresh'] as const) : undefined;
  const validate = (token: string): Promise<unknown> => manager.validateSession(token, { accept });
  const refresh = (token: string): Promise<unknown> => manager.refreshSession(token);
  const uses = kind === 'access' || kind === 'api' ? [validate] : [validate, refresh];
  return {
    live: new Live(alice, bob, key),
    present: ({ token, family }) =>
      Promise.any(uses.filter((use) => !(family.renews && use === refresh)).map((use) => use(token))),
    validate: () => validate(alice),
    asked: () => sessions.asked() + apiTokens.asked(),
  };
}

/** A token of the third generation, or an API token. */
async function tokenOf(manager: SessionManager, username: string, kind: Kind): Promise<string> {
  if (kind === 'api') return (await manager.createApiToken(username)).token;
  let tokens = await manager.createSession(username);
  for (let refresh = 0; refresh < 2; refresh++) {
    tokens = await manager.refreshSession(tokens!.refreshToken ?? tokens!.accessToken);
  }
  return kind === 'refresh' ? tokens!.refreshToken! : tokens!.accessToken;
}
