import { describe, expect, it } from '@jest/globals';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { MemoryLogger } from '../support/memory-logger.js';

const logger = new MemoryLogger();
const KEY = new Uint8Array(64).fill(7);

async function refusal(options: unknown): Promise<string> {
  const error = await createSessionManager(options as 'token').then(
    () => undefined,
    (reason: Error & { code?: string }) => reason,
  );
  expect(error?.code).toBe('SESSION_CONFIGURATION');
  return error!.message;
}

describe('options', () => {
  it.each(['token', 'single', 'jwt', 'no-auth'] as const)('the bare name %s is enough', async (strategy) => {
    await expect(createSessionManager({ strategy, logger } as never)).resolves.toBeDefined();
  });

  it.each([undefined, null, 'basic', {}, { strategy: 'JWT' }, { strategy: 'constructor' }, 7])(
    'the strategy of %p is refused',
    async (options) =>
      expect(await refusal(options)).toContain('strategy: expected "token", "single", "jwt" or "no-auth"'),
  );

  it.each([
    ['token', 'leeway', 2],
    ['token', 'refreshTimeout', 10],
    ['token', 'apiTokenDir', '/tmp'],
    ['single', 'maxConcurrentSessions', 2],
    ['no-auth', 'secretKey', 'x'],
    ['no-auth', 'idleTimeout', 60],
    ['single', 'maxSessionsPerUser', 2],
    ['jwt', 'sliding', true],
    ['token', 'onRefreshReuse', 'reject'],
    ['token', 'wrapApiTokens', true],
    ['single', 'effectivePermissions', () => []],
    ['jwt', 'allowInProduction', true],
    ['jwt', 'timeToLive', 5],
    ['jwt', '__proto__x', 5],
  ])('under %s the option %s of another strategy or of none is refused', async (strategy, option, value) => {
    expect(await refusal({ strategy, [option]: value, logger })).toBe(
      `${option}: not an option of the strategy "${strategy}"`,
    );
  });

  it.each([
    ['sessionTimeout', 0, 'got 0'],
    ['sessionTimeout', -1, 'got -1'],
    ['sessionTimeout', 1.5, 'got 1.5'],
    ['sessionTimeout', Number.NaN, 'got NaN'],
    ['sessionTimeout', '900', 'got a string of 3 characters'],
    ['refreshTimeout', Infinity, 'got Infinity'],
    ['maxConcurrentSessions', 0, 'got 0'],
    ['maxConcurrentSessions', '10', 'got a string of 2 characters'],
    ['idleTimeout', 0, 'got 0'],
    ['absoluteTimeout', 1.5, 'got 1.5'],
    ['maxSessionsPerUser', 0, 'got 0'],
    ['maxSessionsPerUser', '3', 'got a string of 1 characters'],
    ['onLimit', 'evict', 'got a string of 5 characters'],
    ['onLimit', { all: 'evict-idle' }, 'got an object'],
    ['onLimit', { user: 'evict' }, 'got an object'],
    ['onLimit', { users: 'reject' }, 'got an object'],
    ['onRefreshReuse', 'ignore', 'got a string of 6 characters'],
    ['tellRefusalReason', 'yes', 'got a string of 3 characters'],
    ['refreshGrace', -1, 'got -1'],
    ['existingSession', 'keep', 'got a string of 4 characters'],
    ['issuer', '', 'got a string of 0 characters'],
    ['clock', 5, 'got 5'],
    ['store', {}, 'got an object'],
    ['apiTokenStore', new MemorySessionStore(), 'got an object'],
    ['logger', { warn: () => undefined }, 'got an object'],
    ['cleanup', true, 'got true'],
    ['cleanup', { every: 5 }, 'got an object'],
    ['connections', true, 'got true'],
    ['connections', { recheck: 0 }, 'from 1 to 3600, got an object'],
    ['connections', { maxUnknown: 3601 }, 'got an object'],
    ['connections', { recheck: 1.5 }, 'got an object'],
    ['connections', { maxunknown: 5 }, '(maxunknown: did you mean maxUnknown?), got an object'],
    ['resolveUser', 'x', 'got a string of 1 characters'],
    ['wrapApiTokens', 'nsm_', 'got a string of 4 characters'],
    ['effectivePermissions', ['read'], 'got an array of 1'],
    ['isGlobal', 'yes', 'got a string of 3 characters'],
  ])('the message names %s, what was expected and what came (%p)', async (option, value, came) => {
    const message = await refusal({ strategy: 'jwt', [option]: value });
    expect(message).toMatch(new RegExp(`^${option}: expected `));
    expect(message.endsWith(came)).toBe(true);
  });

  it.each([
    { maxSessionsPerUser: Infinity },
    { maxSessionsPerUser: () => 3 },
    { wrapApiTokens: true, effectivePermissions: () => [] },
    { onLimit: 'reject' },
    { onLimit: 'evict-idle' },
    { onLimit: {} },
    { onLimit: { all: undefined }, cleanup: { timeZone: undefined } },
    { connections: false },
    { connections: { recheck: 1, maxUnknown: 3600 } },
    { connections: { recheck: undefined } },
    { onLimit: { all: 'evict-oldest', user: 'evict-idle' } },
    { idleTimeout: 1, absoluteTimeout: 1, tellRefusalReason: true, onRefreshReuse: 'reject' },
  ])('takes %p', async (options) => {
    await expect(
      createSessionManager({ strategy: 'jwt', logger, ...options } as never),
    ).resolves.toBeDefined();
  });

  it.each([-1, 61, Infinity])('J8 a leeway of %p s refuses to boot, 60 do not', async (leeway) => {
    expect(await refusal({ strategy: 'jwt', leeway, logger })).toBe(
      `leeway: expected a whole number of seconds from 0 to 60, got ${leeway}`,
    );
    await expect(createSessionManager({ strategy: 'jwt', leeway: 60, logger })).resolves.toBeDefined();
  });

  it.each([0, 32, 63])('J14 a key of %i bytes refuses to boot', async (length) => {
    expect(await refusal({ strategy: 'jwt', secretKey: new Uint8Array(length), logger })).toContain(
      `got ${length} bytes`,
    );
  });

  it.each([[[]], [['']], [[new Uint8Array(64), new Uint8Array(10)]], [Array.from({ length: 5 }, () => 'k')]])(
    'J14 the key ring %p refuses to boot',
    async (secretKey) =>
      expect(await refusal({ strategy: 'token', secretKey, logger })).toContain('secretKey: expected'),
  );

  it.each([
    ['seven characters', 'seven77', 'got a string of 7 characters'],
    ['seven characters of two units each', '😀'.repeat(7), 'got a string of 7 characters'],
    [
      'a line break at its end',
      'correct horse\n',
      'got a string of 14 characters that begins or ends with white space',
    ],
    ['a blank at its beginning', ' correct horse', 'that begins or ends with white space'],
    ['a byte order mark', '\ufeffcorrect horse', 'that begins or ends with white space'],
    ['nothing but blanks', '            ', 'that begins or ends with white space'],
    [
      'a line break in a ring',
      [KEY, 'correct horse\r\n'],
      'number 2 of which is a string of 15 characters that begins or',
    ],
    ['a short one in a ring', ['correct horse', 'short'], 'number 2 of which is a string of 5 characters'],
  ])(
    'J14 L1 a passphrase of %s refuses to boot with the reason, and stays untold',
    async (_, secretKey, came) => {
      const message = await refusal({ strategy: 'token', secretKey, logger });
      expect(message).toContain(
        'secretKey: expected at least 64 bytes, a passphrase of at least 8 characters without white space at its ends',
      );
      expect(message).toContain(came);
      expect(message).not.toMatch(/correct horse|seven77|short$/);
      const manager = await createSessionManager({ strategy: 'token', secretKey: KEY, logger });
      await expect(manager.keys.rotateKeys(secretKey as never)).rejects.toThrow(message);
    },
  );

  it.each(['eight888', 'in the middle\nthere may be one', '密码密码密码密码'])(
    'the passphrase %p will do',
    async (secretKey) => {
      await expect(createSessionManager({ strategy: 'token', secretKey, logger })).resolves.toBeDefined();
    },
  );

  it('a username of 256 characters that are two units each lives as any other', async () => {
    const username = '😀'.repeat(256);
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey: KEY,
      issuer: username,
      apiTokenStore: new MemoryApiTokenStore(),
      logger,
    });
    const { accessToken } = (await manager.createSession(username))!;
    expect(await manager.sessionUsername(accessToken)).toBe(username);
    const { token } = await manager.createApiToken(username, {
      label: username,
      datasets: { [username]: ['read'] },
    });
    expect(await manager.validateSession(token)).toMatchObject({
      username,
      datasets: { [username]: ['read'] },
    });
    expect(await manager.listApiTokens(username)).toMatchObject([{ label: username }]);
    await expect(manager.createSession(`${username}a`)).rejects.toThrow('got a string of 257 characters');
  });

  it('L1 neither a refused key nor a kept one can be read off errors, managers or logs', async () => {
    const secret = 'correct horse battery staple';
    const message = await refusal({ strategy: 'jwt', secretKey: [secret, ''], sessionTimeout: -1, logger });
    expect(message).not.toContain('horse');
    const bytes = Buffer.alloc(64, 'topsecret');
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey: bytes,
      apiTokenStore: new MemoryApiTokenStore(),
      logger,
    });
    const shown =
      inspect(manager, { depth: 20, showHidden: true }) + JSON.stringify(manager) + logger.entries.join();
    for (const spelling of [
      'topsecret',
      bytes.toString('hex'),
      bytes.toString('base64').slice(0, 20),
      '74 6f 70 73',
    ]) {
      expect(shown).not.toContain(spelling);
    }
  });

  it('without a key a shared store refuses to boot', async () => {
    class Shared extends MemorySessionStore {
      override readonly shared = true as never;
    }
    expect(await refusal({ strategy: 'token', store: new Shared(), logger })).toContain(
      'secretKey: expected one',
    );
  });

  it('without a key API tokens live in memory and no file is named', async () => {
    const manager = await createSessionManager({
      strategy: 'jwt',
      apiTokenDir: '/nonexistent/folder',
      logger,
    });
    expect(manager.apiTokenFile).toBeUndefined();
    const { token } = await manager.createApiToken('alice');
    expect(await manager.sessionUsername(token)).toBe('alice');
  });

  it('an unusable folder of API tokens: boots, logs it, those verbs are 503, sessions work', async () => {
    const entries = new MemoryLogger();
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey: new Uint8Array(64),
      apiTokenDir: '/dev/null/folder',
      logger: entries,
    });
    expect(entries.entries.some((entry) => entry.startsWith('error API tokens are unavailable'))).toBe(true);
    await expect(manager.createApiToken('alice')).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
    });
    await expect(manager.listApiTokens('alice')).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    expect(await manager.createSession('alice')).not.toBeNull();
  });

  it('warns that the temporary folder may be emptied, if that is where API tokens lie', async () => {
    const entries = new MemoryLogger();
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey: new Uint8Array(64),
      logger: entries,
    });
    expect(manager.apiTokenFile).toBe(join(tmpdir(), 'api_token.txt'));
    expect(entries.entries.some((entry) => entry.startsWith('warn No apiTokenDir'))).toBe(true);
  });

  it('D4 a passphrase is stretched once, so that replicas with it agree', async () => {
    const make = (secretSalt?: string) =>
      createSessionManager({ strategy: 'token', secretKey: 'a passphrase', secretSalt, logger });
    const [one, two, other] = await Promise.all([make(), make(), make('salt')]);
    const { accessToken } = (await one.createSession('alice'))!;
    await expect(two.validateSession(accessToken)).rejects.toMatchObject({ code: 'ACCESS_TOKEN_NOT_FOUND' });
    await expect(other.validateSession(accessToken)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  });
});
