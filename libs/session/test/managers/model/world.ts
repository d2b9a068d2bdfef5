import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSessionManager } from '../../../src/compose/create-session-manager.js';
import type { SessionOptions } from '../../../src/compose/options.js';
import type { ListedApiToken } from '../../../src/core/api-token.js';
import type { Clock } from '../../../src/util/clock.js';
import type { SessionEvent } from '../../../src/core/events.js';
import { NoAuthSessionManager } from '../../../src/managers/no-auth-session.manager.js';
import type { SessionManager } from '../../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { TracelessStore } from '../../support/traceless-store.js';
import type { Outcome } from './outcome.js';
import { ADMIN_TOKEN } from './reference-no-auth.js';
import type { Presented } from './reference.js';
import type { DrawnOptions } from './rules.js';
import { TokenBook } from './token-book.js';

/** The edges of a second matter, so a run begins within one. */
export const START = Date.UTC(2026, 0, 1) + 250;

export const USERS: readonly string[] = ['alice', 'bob', '__proto__'];

const KEY = new Uint8Array(64).fill(7);

/** The real side: a manager over stores that outlive it, a clock that does as it is told, and what was handed out. */
export class World {
  manager!: SessionManager;
  /** Over the same sessions and keys, but validating leaves no trace. */
  probe!: SessionManager;
  readonly book = new TokenBook();
  readonly #options: DrawnOptions;
  readonly #store = new MemorySessionStore();
  readonly #apiTokens: { apiTokenDir: string } | { apiTokenStore: MemoryApiTokenStore };
  #time = START;
  #latest = START;
  #heard: SessionEvent[] = [];

  constructor(options: DrawnOptions, { files }: { files: boolean }) {
    this.#options = options;
    this.#apiTokens = files
      ? { apiTokenDir: mkdtempSync(join(tmpdir(), 'nsm-model-')) }
      : { apiTokenStore: new MemoryApiTokenStore() };
  }

  /** Who may have sessions. */
  get users(): readonly string[] {
    return this.#options.strategy === 'no-auth' ? ['admin'] : USERS;
  }

  /** A list of API tokens, without the last accesses where they are kept in a file, which need not remember them. */
  withoutAccesses(list: Outcome): Outcome {
    if ('apiTokenStore' in this.#apiTokens || !('gives' in list)) return list;
    const tokens = list.gives as ListedApiToken[];
    return { gives: tokens.map(({ lastAccessed: _lastAccessed, ...token }) => token) };
  }

  set time(time: number) {
    this.#time = time;
    this.#latest = Math.max(this.#latest, time);
  }

  /** Begins, or begins again as after a crash, at the latest time that was seen. Answers the id of admin's session. */
  async start(): Promise<string | undefined> {
    this.#time = this.#latest;
    this.manager = await this.#managerOver(this.#store, () => this.#time);
    this.probe = await this.#managerOver(new TracelessStore(this.#store), () => this.#latest);
    this.manager.events.subscribe((event) => this.#heard.push(event));
    // A manager knows the latest time only from its first look at the clock on.
    await this.manager.nActiveSessions();
    if (!(this.manager instanceof NoAuthSessionManager)) return undefined;
    this.book.rename(ADMIN_TOKEN, this.manager.adminToken());
    return (await this.manager.listSessions('admin'))[0]!.sessionId;
  }

  takeEvents(): SessionEvent[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  textOf(token: Presented): string | undefined {
    if (token === undefined) return undefined;
    return token === 'forged' ? `${'A'.repeat(47)}B` : this.book.textOf(token.name);
  }

  dispose(): void {
    if ('apiTokenDir' in this.#apiTokens) rmSync(this.#apiTokens.apiTokenDir, { recursive: true });
  }

  #managerOver(store: MemorySessionStore, clock: Clock): Promise<SessionManager> {
    const stored = this.#options.strategy !== 'no-auth' && { secretKey: KEY, store };
    const tokens = this.#options.strategy === 'jwt' && this.#apiTokens;
    const common = { clock, logger: new MemoryLogger() };
    return createSessionManager({ ...this.#options, ...stored, ...tokens, ...common } as SessionOptions);
  }
}
