import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiTokenRecord, ApiTokenStore } from '../../src/core/api-token-store.js';
import type { EffectivePermissions } from '../../src/core/effective-permissions.js';
import { AccessTokenNotFoundError, SessionError, SessionValidationError } from '../../src/core/errors.js';
import { TokenType } from '../../src/core/token-type.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { manualClock, type ManualClock } from '../../src/testing/index.js';
import { jwtManager, rejectionOf } from '../support/managers.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { atEachPoint, Pauses } from '../support/pauses.js';

const DATASETS = { maize: ['read'], wheat: ['read'] } as never;

/** As it was before it heeded what had been ended: the control, with which the tests below would have to fail. */
class HeedlessApiTokenStore extends MemoryApiTokenStore {
  override put(record: ApiTokenRecord): boolean {
    this.register(record);
    return true;
  }
}

const folders: string[] = [];

/** Of two processes on one folder, which look at the file each time. */
function fileStores(): ApiTokenStore[] {
  const folder = mkdtempSync(join(tmpdir(), 'nsm-end-of-all-'));
  folders.push(folder);
  const logger = new MemoryLogger();
  return [1, 2].map(() => new FileApiTokenStore(folder, { logger, maxStaleness: 0 }));
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Alice's, with one session and one API token, over stores that may be waited for. */
class World {
  readonly handedOut: string[] = [];

  private constructor(
    readonly manager: JwtSessionManager,
    /** Of another process. */
    readonly other: JwtSessionManager,
    readonly access: string,
    readonly refresh: string,
    readonly api: string,
  ) {
    this.handedOut.push(access, refresh, api);
  }

  static async over(
    [apiTokens, same = apiTokens]: ApiTokenStore[],
    pauses: Pauses,
    {
      waiting = true,
      clock = manualClock(),
      rights = () => ['read'],
    }: { waiting?: boolean; clock?: ManualClock; rights?: EffectivePermissions } = {},
  ): Promise<World> {
    const store = new MemorySessionStore();
    const effectivePermissions = pauses.around('effectivePermissions', rights);
    const common = { clock, effectivePermissions };
    const manager = await jwtManager({
      ...common,
      store: waiting ? pauses.of('sessions', store) : store,
      apiTokenStore: waiting ? pauses.of('apiTokens', apiTokens!) : apiTokens,
    });
    const other = await jwtManager({ ...common, store, apiTokenStore: same });
    const { accessToken, refreshToken } = (await manager.createSession('alice'))!;
    const { token } = await manager.createApiToken('alice');
    clock.advance('1m');
    return new World(manager, other, accessToken, refreshToken!, token);
  }

  /** Runs an operation to its end; what it hands out is kept, and so is why it was refused. */
  async settle(operation: (world: World) => Promise<readonly (string | undefined)[]>): Promise<unknown> {
    try {
      this.handedOut.push(...(await operation(this)).filter((token) => token !== undefined));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** The tokens, of all that were ever handed out, that open or renew anything. */
  async opening(): Promise<string[]> {
    const opening: string[] = [];
    for (const token of this.handedOut) {
      const isGood = await this.manager.validateSession(token, { accept: Object.values(TokenType) }).then(
        () => true,
        () => false,
      );
      if (isGood || (await this.manager.refreshSession(token).catch(() => null)) !== null)
        opening.push(token);
    }
    const listed = await this.manager.listApiTokens('alice');
    return [...opening, ...listed.map(({ jti }) => jti)];
  }
}

type Operation = (world: World) => Promise<readonly (string | undefined)[]>;

const OPERATIONS: Record<string, Operation> = {
  refreshSession: async ({ manager, refresh }) => {
    const tokens = await manager.refreshSession(refresh);
    return [tokens?.accessToken, tokens?.refreshToken];
  },
  'a refresh repeated in its grace window': async ({ manager, refresh }) => {
    const tokens = [await manager.refreshSession(refresh), await manager.refreshSession(refresh)];
    return tokens.flatMap((each) => [each?.accessToken, each?.refreshToken]);
  },
  createApiToken: async ({ manager }) => [(await manager.createApiToken('alice')).token],
  'createApiToken with datasets': async ({ manager }) => [
    (await manager.createApiToken('alice', { datasets: DATASETS })).token,
  ],
  'validateSession of an access token': async ({ manager, access }) => {
    await manager.validateSession(access);
    return [];
  },
  'validateSession of an API token': async ({ manager, api }) => {
    await manager.validateSession(api);
    return [];
  },
};

const STORES: Record<string, { make: () => ApiTokenStore[]; waiting: boolean }> = {
  'in memory': { make: () => [new MemoryApiTokenStore()], waiting: false },
  'in memory, behind promises': { make: () => [new MemoryApiTokenStore()], waiting: true },
  'in a file': { make: fileStores, waiting: false },
  'in a file, behind promises': { make: fileStores, waiting: true },
};

const BY = {
  'the same process': ({ manager }: World) => manager,
  'another process': ({ other }: World) => other,
};

/** What still opened, by the point at which all was ended. */
async function openings(
  make: () => ApiTokenStore[],
  operation: Operation,
  {
    waiting,
    by = BY['the same process'],
    ticks = 0,
  }: { waiting: boolean; by?: (world: World) => JwtSessionManager; ticks?: number },
) {
  const open: string[] = [];
  const refusals: unknown[] = [];
  const points = await atEachPoint(async (pauses) => {
    const clock = manualClock();
    const world = await World.over(make(), pauses, { waiting, clock });
    pauses.watch(async () => {
      clock.advance(ticks / 1000);
      await by(world).invalidateAllSessions('alice');
      clock.advance(ticks / 1000);
    });
    const refusal = await world.settle(operation);
    if (pauses.reached === undefined) return;
    if (refusal !== undefined) refusals.push(refusal);
    if ((await world.opening()).length > 0) open.push(pauses.reached);
  });
  return { points, open, refusals };
}

describe('R2 R7 once the end of all is told, nothing begun before opens anything', () => {
  describe.each(Object.keys(STORES))('with API tokens %s', (where) => {
    const { make, waiting } = STORES[where]!;

    for (const [name, operation] of Object.entries(OPERATIONS)) {
      it.each(Object.keys(BY) as (keyof typeof BY)[])(
        `wherever ${name} waits while %s ends all`,
        async (process) => {
          for (const ticks of [0, 1, 90_000]) {
            const { points, open, refusals } = await openings(make, operation, {
              waiting,
              by: BY[process],
              ticks,
            });
            expect(open).toEqual([]);
            // What takes more than a minute is refused as an outage, whatever ended meanwhile.
            const kind = ticks < 60_000 ? SessionValidationError : SessionError;
            for (const refusal of refusals) expect(refusal).toBeInstanceOf(kind);
            if (waiting) expect(points.length).toBeGreaterThanOrEqual(2);
          }
        },
      );
    }
  });

  it('and the harness would see it: over a store that heeds no end, a token made meanwhile opens', async () => {
    const operation = OPERATIONS['createApiToken with datasets']!;
    const { points, open } = await openings(() => [new HeedlessApiTokenStore()], operation, {
      waiting: true,
    });
    expect(points).toEqual([
      'effectivePermissions asked',
      'effectivePermissions answered',
      'effectivePermissions asked',
      'effectivePermissions answered',
      'apiTokens.put asked',
      'apiTokens.put answered',
    ]);
    expect(open).toEqual(points.slice(0, -1));
  });

  it('and the mint is told that it was refused, as 401', async () => {
    const pauses = new Pauses(0);
    const { manager } = await World.over([new MemoryApiTokenStore()], pauses, { waiting: false });
    pauses.watch(() => manager.invalidateAllSessions('alice'));
    const error = await rejectionOf(manager.createApiToken('alice', { datasets: DATASETS }));
    expect(error).toBeInstanceOf(AccessTokenNotFoundError);
    expect(error).toMatchObject({ reason: 'revoked' });
  });
});

describe('R2 a mint that begins while all is being ended, in the same process', () => {
  it.each([
    ['ends before that', 0],
    ['ends before that', 1],
    ['ends after that', 0],
    ['ends after that', 1],
  ] as const)('opens nothing if it %s, %i ms having passed', async (when, ticks) => {
    const points = await atEachPoint(async (pauses) => {
      const clock = manualClock();
      let tell!: () => void;
      const told = new Promise<void>((resolve) => (tell = resolve));
      const rights = async () => {
        if (when === 'ends after that') await told;
        return ['read'] as const;
      };
      const world = await World.over([new MemoryApiTokenStore()], pauses, { clock, rights });
      let mint: Promise<unknown> | undefined;
      pauses.watch(async () => {
        clock.advance(ticks / 1000);
        mint = world.settle(OPERATIONS['createApiToken with datasets']!);
        if (when === 'ends before that') await mint;
      });
      await world.manager.invalidateAllSessions('alice');
      tell();
      if (pauses.reached === undefined) return;
      await mint;
      expect(await world.opening()).toEqual([]);
    });
    expect(points).toEqual([
      'sessions.revokeByUser asked',
      'sessions.revokeByUser answered',
      'apiTokens.revokeByUser asked',
      'apiTokens.revokeByUser answered',
    ]);
  });
});

describe('A mint after the end of all', () => {
  it('is granted, in the same millisecond too, however often they alternate', async () => {
    const clock = manualClock();
    const manager = await jwtManager({ clock });
    for (let round = 0; round < 5; round += 1) {
      const { token } = await manager.createApiToken('alice');
      expect(await manager.sessionUsername(token)).toBe('alice');
      expect((await manager.invalidateAllSessions('alice')).apiTokens).toBe(1);
      expect(await manager.sessionUsername(token)).toBeNull();
    }
    clock.advance('1ms');
    expect(await manager.sessionUsername((await manager.createApiToken('alice')).token)).toBe('alice');
  });

  it('is granted to others while one user’s are being ended', async () => {
    const pauses = new Pauses(0);
    const world = await World.over([new MemoryApiTokenStore()], pauses);
    pauses.watch(async () => {
      world.handedOut.push((await world.other.createApiToken('bob')).token);
    });
    await world.manager.invalidateAllSessions('alice');
    expect(pauses.reached).toBeDefined();
    expect(await world.opening()).toEqual([world.handedOut.at(-1)]);
  });
});
