import { describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { NoAuthSessionManager } from '../../src/managers/no-auth-session.manager.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { resolvePolicy, type SessionPolicy } from '../../src/core/session-policy.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { OpaqueTokenCodec } from '../../src/tokens/opaque-token.codec.js';
import { resolveKeyRing } from '../../src/tokens/keys/secret-key.js';
import { manualClock } from '../../src/testing/manual-clock.js';
import { jwtManager, opaqueManager } from '../support/managers.js';
import { signerOf } from '../tokens/fixtures.js';
import { MemoryLogger } from '../support/memory-logger.js';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400;
const TIMEOUT = 900;
const KEY = await resolveKeyRing(randomBytes(64), 'salt');

/** Real time, by which everything is judged, and a wall clock that errs from it. In seconds. */
class World {
  real = 0;
  error = 0;
  readonly logger = new MemoryLogger();
  readonly wall = () => START + (this.real + this.error) * 1000;
  readonly monotonic = () => 5000 + (this.real - this.asleep) * 1000;
  asleep = 0;

  pass(seconds: number): void {
    this.real += seconds;
  }
}

type Strategy = 'token' | 'jwt';
const STRATEGIES: readonly Strategy[] = ['token', 'jwt'];

function managerIn(world: World, strategy: Strategy, given: Partial<SessionPolicy> = {}): SessionManager {
  const parts = {
    store: new MemorySessionStore(),
    logger: world.logger,
    clock: world.wall,
    monotonic: world.monotonic,
    policy: resolvePolicy(strategy, {
      sessionTimeout: TIMEOUT,
      ...(strategy === 'jwt' && { refreshTimeout: TIMEOUT, leeway: 0 }),
      existingSession: 'new',
      ...given,
    }),
  };
  if (strategy === 'token') return new SessionManager({ ...parts, codec: new OpaqueTokenCodec(KEY) });
  const codec = new JwtTokenCodec(signerOf(KEY), { issuer: 'i', audience: 'a' }, {});
  return new JwtSessionManager({ ...parts, codec, apiTokens: { codec, store: new MemoryApiTokenStore() } });
}

/** Whether anything of a session can be used: its access, or a refresh. */
async function lives(manager: SessionManager, token: string): Promise<boolean> {
  return (await manager.sessionUsername(token)) !== null;
}

const sizes = fc.oneof(fc.integer({ min: 2, max: 120 }), fc.integer({ min: 2, max: 20 * DAY }));
const ages = fc.integer({ min: 0, max: TIMEOUT - 30 });
const short = fc.integer({ min: 0, max: 9 });
const moments = fc.oneof(fc.integer({ min: 0, max: 2 * TIMEOUT }), fc.integer({ min: 0, max: 21 * DAY }));

describe.each(STRATEGIES)('a clock that is wrong, under %s', (strategy) => {
  it('E7 (P1) after a spike nothing begun before it is over, but for what is', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, ages, short, async (size, age, lasting) => {
        const world = new World();
        const manager = managerIn(world, strategy);
        const { accessToken } = (await manager.createSession('alice'))!;
        world.pass(age);
        world.error = size;
        expect(await lives(manager, accessToken)).toBe(age + size < TIMEOUT);
        expect(await manager.nActiveSessions()).toBe(age + size < TIMEOUT ? 1 : 0);
        await manager.cleanupExpiredSessions();
        world.pass(lasting);
        world.error = 0;
        expect(await lives(manager, accessToken)).toBe(true);
        expect(await manager.nActiveSessions()).toBe(1);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['no time-outs but the first', {}],
    ['an idle time-out', { idleTimeout: TIMEOUT / 2 }],
    ...(strategy === 'token' ? [['sliding', { sliding: true }] as const] : []),
  ] as const)(
    'E7 (P1) after a spike nothing outlives its time-out in real time, no slot is taken longer: %s',
    async (_, policy) => {
      const spent = fc.record({ size: sizes, age: ages, lasting: short, at: moments, uses: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(spent, async ({ size, age, lasting, at, uses }) => {
          const world = new World();
          const manager = managerIn(world, strategy, policy);
          const before = (await manager.createSession('alice'))!;
          world.pass(age);
          world.error = size;
          const during = [
            ...(uses
              ? [await manager.refreshSession(before.refreshToken ?? before.accessToken).catch(() => null)]
              : []),
            await manager.createSession('bob'),
          ];
          if (uses) await lives(manager, before.accessToken);
          world.pass(lasting);
          world.error = 0;
          world.pass(at);
          // Sliding and idle sessions were used at the latest when the spike ended.
          const end = TIMEOUT + lasting + 1;
          const tokens = [before, ...during].flatMap((each) => (each === null ? [] : [each.accessToken]));
          const living = await Promise.all(tokens.map((token) => lives(manager, token)));
          if (at > end) {
            expect(living).toEqual(tokens.map(() => false));
            expect(await manager.nActiveSessions()).toBe(0);
          }
          expect(living.slice(1)).toEqual(living.slice(1).map(() => false));
        }),
        { numRuns: 100 },
      );
    },
  );

  it('E7 (P1) what logs in again after a spike, with the limit at one, gets in', async () => {
    const world = new World();
    const manager = managerIn(world, strategy, { maxConcurrentSessions: 1 });
    await manager.sessionUsername('x');
    world.error = 10 * DAY;
    expect(await manager.createSession('alice')).not.toBeNull();
    world.error = 0;
    expect(await manager.createSession('alice')).not.toBeNull();
  });

  it('E7 (P2) after a step back nothing lives more than a minute longer in real time', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, ages, moments, fc.nat({ max: 200 }), async (size, age, at, between) => {
        const world = new World();
        const manager = managerIn(world, strategy);
        const tokens = [(await manager.createSession('alice'))!.accessToken];
        world.pass(age);
        world.error = -size;
        tokens.push((await manager.createSession('bob'))!.accessToken);
        world.pass(between);
        await manager.nActiveSessions();
        world.pass(at);
        const living = await Promise.all(tokens.map((token) => lives(manager, token)));
        if (at + between > TIMEOUT + 61) expect(living).toEqual([false, false]);
        if (at + between > TIMEOUT + 61) expect(await manager.nActiveSessions()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('E7 (P2) a step back that is just as long as nobody looked hides nothing', async () => {
    const world = new World();
    const manager = managerIn(world, strategy);
    const { accessToken } = (await manager.createSession('alice'))!;
    for (const passed of [2 * TIMEOUT, 61]) {
      world.pass(passed);
      world.error -= passed;
      expect(await lives(manager, accessToken)).toBe(false);
    }
  });

  it('E7 (P1) a spike of minutes ends what was begun in it, and nothing else', async () => {
    const world = new World();
    const manager = managerIn(world, strategy);
    const before = (await manager.createSession('alice'))!.accessToken;
    world.error = DAY;
    const during = (await manager.createSession('bob'))!.accessToken;
    for (let second = 0; second < 120; second += 1) {
      world.pass(1);
      await manager.nActiveSessions();
    }
    world.error = 0;
    expect([await lives(manager, before), await lives(manager, during)]).toEqual([true, false]);
    world.pass(DAY);
    expect(await lives(manager, during)).toBe(false);
  });

  it('E7 (P2) what is issued more than a minute after a step back agrees with the wall clock, and is not from the future', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 300 }), async (size, reads) => {
        const world = new World();
        const manager = managerIn(world, strategy);
        await manager.nActiveSessions();
        world.error = -size;
        for (let waited = 0; waited <= 61; waited += Math.min(reads, 61)) {
          await manager.nActiveSessions();
          world.pass(Math.min(reads, 61));
        }
        const { accessToken } = (await manager.createSession('alice'))!;
        const { issuedAt } = await manager.validateSession(accessToken);
        expect(Math.abs(issuedAt.getTime() - world.wall())).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 60 },
    );
  });

  it('E7 (P2) a step back of up to a minute lets nobody in from the future, and logs nobody out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 60 }),
        fc.array(fc.nat({ max: 30 })),
        async (size, waits) => {
          const world = new World();
          const manager = managerIn(world, strategy);
          await manager.nActiveSessions();
          world.error = -size;
          const { accessToken } = (await manager.createSession('alice'))!;
          for (const wait of waits) {
            if (world.real + wait >= TIMEOUT) break;
            world.pass(wait);
            expect(await lives(manager, accessToken)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('E7 one low reading ends nothing and is not noticed', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const world = new World();
        const manager = managerIn(world, strategy);
        const { accessToken } = (await manager.createSession('alice'))!;
        world.pass(10);
        world.error = -size;
        expect(await lives(manager, accessToken)).toBe(true);
        world.error = 0;
        expect(await lives(manager, accessToken)).toBe(true);
        expect(world.logger.entries).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('E7 (P3) a machine that slept ends at once what is over, whatever it slept', async () => {
    await fc.assert(
      fc.asyncProperty(ages, sizes, async (age, slept) => {
        const world = new World();
        const manager = managerIn(world, strategy, { maxConcurrentSessions: 1 });
        const { accessToken } = (await manager.createSession('alice'))!;
        world.pass(age + slept);
        world.asleep += slept;
        const isOver = age + slept >= TIMEOUT;
        expect(await manager.nActiveSessions()).toBe(isOver ? 0 : 1);
        expect(await lives(manager, accessToken)).toBe(!isOver);
        expect((await manager.createSession('bob')) !== null).toBe(isOver);
      }),
      { numRuns: 60 },
    );
  });

  it('E7 (P3) who logs in after the machine slept stays in, and uses are noted again', async () => {
    const world = new World();
    const manager = managerIn(world, strategy, { idleTimeout: 60 });
    await manager.nActiveSessions();
    world.pass(DAY);
    world.asleep += DAY;
    const { accessToken } = (await manager.createSession('alice'))!;
    for (let use = 0; use < 20; use += 1) {
      world.pass(30);
      expect(await lives(manager, accessToken)).toBe(true);
    }
  });

  it('E7 a wall clock that tells nothing usable is left out, while the monotonic one goes on', async () => {
    const world = new World();
    const manager = managerIn(world, strategy);
    const { accessToken } = (await manager.createSession('alice'))!;
    world.pass(TIMEOUT - 1);
    world.error = Number.NaN;
    expect(await lives(manager, accessToken)).toBe(true);
    world.pass(2);
    expect(await lives(manager, accessToken)).toBe(false);
  });
});

describe('a clock that is wrong', () => {
  it('E7 (P1) an API token that was made in a spike ends with it', async () => {
    for (const size of [30, 10 * DAY]) {
      const world = new World();
      const manager = managerIn(world, 'jwt');
      await manager.nActiveSessions();
      world.error = size;
      const { token } = await manager.createApiToken('ci', { expiration: 60 });
      world.error = 0;
      expect(await lives(manager, token)).toBe(false);
      world.pass(size + 5);
      expect(await lives(manager, token)).toBe(false);
      expect(await manager.listApiTokens('ci')).toEqual([]);
    }
  });

  it('E7 (P2) a step back that ends sessions is told as an error', async () => {
    const world = new World();
    const manager = managerIn(world, 'token');
    await manager.createSession('alice');
    world.error = -3600;
    await manager.nActiveSessions();
    world.pass(61);
    expect(await manager.nActiveSessions()).toBe(0);
    expect(world.logger.entries).toEqual([expect.stringMatching(/^error The clock was set back by 3600 s/)]);
  });

  it('E7 (P4) under no-auth, too, what a wrong clock dated is dated anew', async () => {
    const world = new World();
    const manager = new NoAuthSessionManager({ clock: world.wall, logger: world.logger });
    world.error = 10 * DAY;
    await manager.createSession();
    world.error = 0;
    const { issuedAt, expiresAt } = await manager.validateSession();
    expect(issuedAt.getTime()).toBe(START);
    expect(expiresAt.getTime()).toBe(START + 3600_000);
  });
});

describe('a clock that the application gives, with nothing to hold it against', () => {
  const KEY_BYTES = randomBytes(64);
  const DAY_MS = DAY * 1000;

  function given(strategy: Strategy) {
    const clock = manualClock(START);
    const options = { secretKey: KEY_BYTES, logger: new MemoryLogger(), clock, sessionTimeout: TIMEOUT };
    return { clock, manager: strategy === 'jwt' ? jwtManager(options) : opaqueManager(options) };
  }

  it.each(STRATEGIES)('E7 (P1) is believed to be right again after a spike: %s', async (strategy) => {
    for (const size of [90_000, DAY_MS, 10 * DAY_MS]) {
      const { clock, manager: making } = given(strategy);
      const manager = await making;
      const before = (await manager.createSession('alice'))!.accessToken;
      clock.set(START + size);
      expect(await lives(manager, before)).toBe(size < TIMEOUT * 1000);
      const during = (await manager.createSession('bob'))!.accessToken;
      clock.set(START + 1000);
      expect([await lives(manager, before), await lives(manager, during)]).toEqual([true, false]);
      expect(await manager.nActiveSessions()).toBe(1);
      // On the very day that it was dated, too.
      clock.set(START + size + 10_000);
      expect(await lives(manager, during)).toBe(false);
    }
  });

  it.each(STRATEGIES)('E7 one low reading ends nothing: %s', async (strategy) => {
    const { clock, manager: making } = given(strategy);
    const manager = await making;
    const { accessToken } = (await manager.createSession('alice'))!;
    clock.set(START - DAY_MS);
    await lives(manager, accessToken);
    clock.set(START + 1000);
    expect(await lives(manager, accessToken)).toBe(true);
    expect(await manager.nActiveSessions()).toBe(1);
  });

  it.each(STRATEGIES)('E7 (P4) what is dated ahead after a step back is refused: %s', async (strategy) => {
    const { clock, manager: making } = given(strategy);
    const manager = await making;
    const { accessToken } = (await manager.createSession('alice'))!;
    clock.set(START - 3_600_000);
    expect(await lives(manager, accessToken)).toBe(false);
    expect(await manager.nActiveSessions()).toBe(0);
    const { issuedAt } = await manager.validateSession((await manager.createSession('bob'))!.accessToken);
    expect(issuedAt.getTime()).toBe(START - 3_600_000);
  });

  it.each(STRATEGIES)(
    'E7 a clock that tells nothing usable refuses, and counts nothing as active: %s',
    async (strategy) => {
      for (const broken of [
        Number.NaN,
        Infinity,
        undefined as unknown as number,
        'now' as unknown as number,
      ]) {
        let time: number = START;
        const options = { secretKey: KEY_BYTES, logger: new MemoryLogger(), clock: () => told(time) };
        const manager = await (strategy === 'jwt' ? jwtManager(options) : opaqueManager(options));
        const { accessToken, refreshToken } = (await manager.createSession('alice'))!;
        time = broken;
        const unavailable = { code: 'SESSION_STORE_UNAVAILABLE' };
        await expect(manager.validateSession(accessToken)).rejects.toMatchObject(unavailable);
        await expect(manager.createSession('bob')).rejects.toMatchObject(unavailable);
        await expect(manager.refreshSession(refreshToken ?? accessToken)).rejects.toMatchObject(unavailable);
        expect([await manager.nActiveSessions(), await manager.hasLoggedUser()]).toEqual([0, false]);
        time = START;
        expect([await lives(manager, accessToken), await manager.nActiveSessions()]).toEqual([true, 1]);
      }
    },
  );
});

const THROWS = Symbol('throws') as unknown as number;

function told(time: number): number {
  if (time === THROWS) throw new Error('no clock');
  return time;
}

describe('the clock of the system', () => {
  it('E7 is asked at each call, so that fake timers work', async () => {
    const manager = await opaqueManager();
    jest.useFakeTimers({ now: START });
    try {
      const late = await opaqueManager();
      for (const each of [manager, late]) {
        const { expiresAt } = (await each.createSession('alice'))!;
        expect(expiresAt.getTime()).toBe(Date.now() + 3600_000);
      }
      const { accessToken } = (await late.createSession('bob'))!;
      jest.advanceTimersByTime(3599_000);
      expect(await lives(late, accessToken)).toBe(true);
      jest.advanceTimersByTime(1000);
      expect(await lives(late, accessToken)).toBe(false);
    } finally {
      jest.useRealTimers();
    }
  });
});
