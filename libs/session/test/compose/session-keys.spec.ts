import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import type { JwtSigning, SecretKey } from '../../src/core/session-keys.js';
import type { SessionTokens } from '../../src/core/session.js';
import type { SessionManager } from '../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { ALGORITHMS, keyPair } from '../support/key-pairs.js';
import { RivalledStore } from '../support/stores.js';

const logger = new MemoryLogger();
const key = (letter: string) => Buffer.alloc(64, letter);
const STRATEGIES = ['token', 'single', 'jwt'] as const;
type Strategy = (typeof STRATEGIES)[number];

function managerOf(
  strategy: Strategy,
  secretKey: SecretKey | readonly SecretKey[] = key('a'),
  store = new MemorySessionStore(),
): Promise<SessionManager> {
  return createSessionManager<Strategy>({
    strategy,
    secretKey,
    store,
    logger,
    ...(strategy === 'jwt' && { apiTokenStore: new MemoryApiTokenStore() }),
  } as never);
}

const opens = (manager: SessionManager, token: string) =>
  manager.validateSession(token).then(
    () => true,
    (error: { code: string }) => {
      expect(error.code).toBe('INVALID_TOKEN');
      return false;
    },
  );

const login = async (manager: SessionManager): Promise<SessionTokens> =>
  (await manager.createSession('alice'))!;

describe.each(STRATEGIES)('rotateKeys under %s', (strategy) => {
  it('J16 a dropped key refuses at once, its token remembered, validated once or never', async () => {
    for (const validations of [0, 1, 2]) {
      const manager = await managerOf(strategy);
      const { accessToken } = await login(manager);
      for (let time = 0; time < validations; time++) expect(await opens(manager, accessToken)).toBe(true);
      await manager.keys.rotateKeys(key('b'));
      expect(await opens(manager, accessToken)).toBe(false);
      expect(await manager.sessionUsername(accessToken)).toBeNull();
    }
  });

  it('J16 while both keys are in the ring the old tokens open, and the new first key signs', async () => {
    const manager = await managerOf(strategy);
    const { accessToken, refreshToken } = await login(manager);
    await manager.keys.rotateKeys([key('b'), key('a')]);
    expect(await opens(manager, accessToken)).toBe(true);
    const renewed = (await manager.refreshSession(refreshToken ?? accessToken))!;
    await manager.keys.rotateKeys([key('b')]);
    expect(await opens(manager, renewed.accessToken)).toBe(true);
    expect(await opens(manager, accessToken)).toBe(false);
  });

  it('names the key of a token, the same in every ring, and tells which keys were left out', async () => {
    const manager = await managerOf(strategy, [key('a'), key('b')]);
    const old = (await login(manager)).accessToken;
    const name = manager.keys.signerOf(old);
    const told: string[][] = [];
    manager.keys.onLeftOut((names) => told.push([...names]));
    await manager.keys.rotateKeys([key('c'), key('b'), key('a')]);
    expect(manager.keys.signerOf(old)).toBe(name);
    expect(manager.keys.signerOf((await login(manager)).accessToken)).not.toBe(name);
    expect(told).toEqual([]);
    await manager.keys.rotateKeys([key('c'), key('b')]);
    expect(manager.keys.signerOf(old)).toBeUndefined();
    expect(told).toEqual([[name]]);
    for (const letter of 'abc') expect(name).not.toContain(key(letter).toString('base64url').slice(0, 8));
  });

  it('a ring comes back: the session lives in the store and not in the key', async () => {
    const manager = await managerOf(strategy);
    const { accessToken } = await login(manager);
    await manager.keys.rotateKeys(key('b'));
    await manager.keys.rotateKeys(key('a'));
    expect(await opens(manager, accessToken)).toBe(true);
  });

  it('stretches a passphrase with the salt of boot, so that a replica booted with it agrees', async () => {
    const store = new MemorySessionStore();
    const [rotated, booted] = [
      await managerOf(strategy, key('a'), store),
      await managerOf(strategy, 'a passphrase', store),
    ];
    await rotated.keys.rotateKeys('a passphrase');
    expect(await opens(booted, (await login(rotated)).accessToken)).toBe(true);
  });

  it('changes nothing before the passphrase is stretched', async () => {
    const manager = await managerOf(strategy);
    const { accessToken } = await login(manager);
    const rotation = manager.keys.rotateKeys('a passphrase');
    expect(await opens(manager, accessToken)).toBe(true);
    await rotation;
    expect(await opens(manager, accessToken)).toBe(false);
  });

  it('of rotations at the same time the last one called wins, in whatever order they are ready', async () => {
    const manager = await managerOf(strategy);
    await Promise.all([manager.keys.rotateKeys('slow to stretch'), manager.keys.rotateKeys(key('c'))]);
    const { accessToken } = await login(manager);
    const fresh = await managerOf(strategy);
    await Promise.all([fresh.keys.rotateKeys(key('c')), fresh.keys.rotateKeys('slow to stretch')]);
    expect(await opens(fresh, accessToken)).toBe(false);
    await manager.keys.rotateKeys(key('c'));
    expect(await opens(manager, accessToken)).toBe(true);
  });

  it('takes a copy: bytes and an array changed after the call change no key', async () => {
    const manager = await managerOf(strategy);
    const bytes = key('b');
    const ring: SecretKey[] = [bytes, 'a passphrase'];
    const rotation = manager.keys.rotateKeys(ring);
    bytes.fill(0);
    ring.length = 0;
    await rotation;
    const { accessToken } = await login(manager);
    await manager.keys.rotateKeys(key('b'));
    expect(await opens(manager, accessToken)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty passphrase', ''],
    ['63 bytes', Buffer.alloc(63, 'topsecret')],
    ['no key', []],
    ['five keys', Array.from({ length: 5 }, () => key('a'))],
    ['a short key among others', [key('a'), Buffer.alloc(10, 'topsecret')]],
    ['a number', 5],
    ['an array of arrays', [[key('a')]]],
  ])('J14 L1 refuses %s as boot does, tells no secret, and changes nothing', async (_, secretKey) => {
    const manager = await managerOf(strategy);
    const { accessToken } = await login(manager);
    const refusal = await manager.keys.rotateKeys(secretKey as SecretKey).catch((error: unknown) => error);
    const atBoot = await managerOf(strategy, (secretKey ?? 7) as SecretKey).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'SessionConfigurationError', code: 'SESSION_CONFIGURATION' });
    const expected = (atBoot as Error).message.replace(/got .*/, '');
    expect((refusal as Error).message.replace(/got .*/, '')).toBe(expected);
    expect(inspect(refusal)).not.toContain('topsecret');
    expect(await opens(manager, accessToken)).toBe(true);
  });

  it('racing validations each see the one ring or the other, and never an error of another kind', async () => {
    const manager = await managerOf(strategy);
    const { accessToken } = await login(manager);
    const seen: boolean[] = [];
    let done = false;
    const validating = (async () => {
      while (!done) {
        seen.push(await opens(manager, accessToken));
        await new Promise(setImmediate);
      }
    })();
    for (let round = 0; round < 50; round += 1) {
      await manager.keys.rotateKeys(round % 2 ? key('a') : [key('b'), key('c')]);
      expect(await opens(manager, accessToken)).toBe(round % 2 === 1);
      await new Promise(setImmediate);
    }
    done = true;
    await validating;
    expect(new Set(seen).size).toBe(2);
  });

  it('a refresh under way ends with the new key: its successor opens', async () => {
    const store = new RivalledStore();
    const manager = await managerOf(strategy, key('a'), store);
    const { accessToken, refreshToken } = await login(manager);
    store.before('rotate', () => manager.keys.rotateKeys(key('b')));
    const renewed = (await manager.refreshSession(refreshToken ?? accessToken))!;
    expect(await opens(manager, renewed.accessToken)).toBe(true);
  });

  it('D4 a rotation of bytes stretches nothing', async () => {
    const manager = await managerOf(strategy);
    const rotated = manager.keys.rotateKeys([key('a'), key('b'), key('c'), key('d')]).then(() => 'rotated');
    // Argon2 works in a thread of its own, from which nothing comes back before the next turn.
    expect(await Promise.race([rotated, nextTurn('stretches')])).toBe('rotated');
  });

  it('cannot rotate a signing that was not given, and has no public keys to show', async () => {
    const manager = await managerOf(strategy);
    await expect(
      manager.keys.rotateSigning({ algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey }),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
    expect(manager.keys.publicKeys()).toEqual({ keys: [] });
  });
});

it('under jwt a rotation drops API tokens and refresh tokens of the key too', async () => {
  const manager = await managerOf('jwt');
  const { token } = await manager.createApiToken('ci');
  const { refreshToken } = await login(manager);
  expect(await opens(manager, token)).toBe(true);
  await manager.keys.rotateKeys(key('b'));
  expect(await opens(manager, token)).toBe(false);
  await expect(manager.refreshSession(refreshToken)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  expect(await manager.invalidateApiToken(token)).toBe(false);
});

it('a manager that began with a random key can be given a real one', async () => {
  const manager = await createSessionManager({ strategy: 'jwt', logger });
  const { accessToken } = await login(manager);
  await manager.keys.rotateKeys(key('a'));
  expect(await opens(manager, accessToken)).toBe(false);
});

it('under no-auth there is nothing to rotate', async () => {
  const { keys } = await createSessionManager({ strategy: 'no-auth', logger });
  for (const refusal of [keys.rotateKeys(key('a')), keys.rotateSigning({} as JwtSigning)]) {
    await expect(refusal).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
  }
  expect(keys.publicKeys()).toEqual({ keys: [] });
});

describe.each(ALGORITHMS)('signing with %s', (algorithm) => {
  const pairs = [keyPair(algorithm), keyPair(algorithm)] as const;
  const signed = (options: object = {}) =>
    createSessionManager({
      strategy: 'jwt',
      signing: { algorithm, privateKey: pairs[0].privateKey },
      apiTokenStore: new MemoryApiTokenStore(),
      logger,
      ...options,
    });

  it('J1 pins its algorithm: HS512 tokens of the secretKey beside it are refused, and the other way round', async () => {
    const store = new MemorySessionStore();
    const [asymmetric, symmetric] = [
      await signed({ secretKey: key('a'), store }),
      await managerOf('jwt', key('a'), store),
    ];
    const [one, two] = [await login(asymmetric), await login(symmetric)];
    expect(await opens(asymmetric, one.accessToken)).toBe(true);
    expect(await opens(symmetric, two.accessToken)).toBe(true);
    expect(await opens(asymmetric, two.accessToken)).toBe(false);
    expect(await opens(symmetric, one.accessToken)).toBe(false);
  });

  it('logs in, refreshes, notices reuse and issues API tokens as under HS512', async () => {
    const manager = await signed({ refreshGrace: 0 });
    const { refreshToken } = await login(manager);
    const renewed = (await manager.refreshSession(refreshToken))!;
    expect(await opens(manager, renewed.accessToken)).toBe(true);
    expect(await opens(manager, (await manager.createApiToken('ci')).token)).toBe(true);
    await expect(manager.refreshSession(refreshToken)).rejects.toMatchObject({ code: 'REFRESH_TOKEN_REUSE' });
  });

  it('J16 rotateSigning: the old key verifies while it is among the further ones, and not a moment longer', async () => {
    const manager = await signed();
    const { accessToken } = await login(manager);
    await manager.keys.rotateSigning({
      algorithm,
      privateKey: pairs[1].privateKey,
      publicKeys: [pairs[0].publicKey],
    });
    expect(await opens(manager, accessToken)).toBe(true);
    const { accessToken: newer } = await login(manager);
    await manager.keys.rotateSigning({ algorithm, privateKey: pairs[1].privateKey });
    expect(await opens(manager, accessToken)).toBe(false);
    expect(await opens(manager, newer)).toBe(true);
  });

  it('rotateSigning tells which keys were left out, by the names of their tokens’ signers', async () => {
    const manager = await signed();
    const { accessToken } = await login(manager);
    const told: ReadonlySet<string>[] = [];
    manager.keys.onLeftOut((names) => told.push(names));
    const name = manager.keys.signerOf(accessToken)!;
    await manager.keys.rotateSigning({
      algorithm,
      privateKey: pairs[1].privateKey,
      publicKeys: [pairs[0].publicKey],
    });
    expect([manager.keys.signerOf(accessToken), told]).toEqual([name, []]);
    await manager.keys.rotateSigning({ algorithm, privateKey: pairs[1].privateKey });
    expect([manager.keys.signerOf(accessToken), told]).toEqual([undefined, [new Set([name])]]);
  });

  it('rotateSigning refuses what boot refuses, and changes nothing', async () => {
    const manager = await signed();
    const { accessToken } = await login(manager);
    await expect(
      manager.keys.rotateSigning({ algorithm, privateKey: pairs[1].publicKey }),
    ).rejects.toMatchObject({ code: 'SESSION_CONFIGURATION' });
    expect(await opens(manager, accessToken)).toBe(true);
  });

  it('rotateKeys leaves its tokens alone: the secretKey signs none of them', async () => {
    const manager = await signed({ secretKey: key('a') });
    const { accessToken } = await login(manager);
    await manager.keys.rotateKeys(key('b'));
    expect(await opens(manager, accessToken)).toBe(true);
  });

  it('publishes every public key, the one that signs first, and no private member', async () => {
    const manager = await signed({
      signing: { algorithm, privateKey: pairs[0].privateKey, publicKeys: [pairs[1].publicKey] },
    });
    const { keys } = manager.keys.publicKeys();
    expect(keys).toHaveLength(2);
    const [header] = (await login(manager)).accessToken.split('.');
    expect(Buffer.from(header!, 'base64url').toString()).toContain(`"kid":"${keys[0]!.kid as string}"`);
    for (const jwk of keys) {
      expect(Object.keys(jwk).sort()).toEqual(
        algorithm === 'EdDSA'
          ? ['alg', 'crv', 'kid', 'kty', 'use', 'x']
          : ['alg', 'e', 'kid', 'kty', 'n', 'use'],
      );
    }
  });

  it('needs no secretKey: no warning, a shared store boots, API tokens go into their file', async () => {
    class Shared extends MemorySessionStore {
      override readonly shared = true as never;
    }
    const entries = new MemoryLogger();
    await signed({ store: new Shared(), logger: entries });
    expect(entries.entries).toEqual([]);
    const apiTokenDir = await mkdtemp(join(tmpdir(), 'nsm-'));
    const manager = await signed({ apiTokenStore: undefined, apiTokenDir });
    expect(manager.apiTokenFile).toBe(join(apiTokenDir, 'api_token.txt'));
    await rm(apiTokenDir, { recursive: true });
  });

  it('L1 refuses to boot with the wrong key, and shows none', async () => {
    await expect(signed({ signing: { algorithm, privateKey: pairs[0].publicKey } })).rejects.toMatchObject({
      code: 'SESSION_CONFIGURATION',
    });
    const manager = await signed();
    const { d } = pairs[0].privateKey.export({ format: 'jwk' });
    expect(inspect(manager, { depth: 20, showHidden: true }) + JSON.stringify(manager)).not.toContain(
      d!.slice(0, 12),
    );
  });
});

it.each(['token', 'single', 'no-auth'])('signing is no option of %s', async (strategy) => {
  await expect(createSessionManager({ strategy, signing: {}, logger } as never)).rejects.toMatchObject({
    message: `signing: not an option of the strategy "${strategy}"`,
  });
});
