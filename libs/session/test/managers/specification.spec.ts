import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import * as errors from '../../src/core/errors.js';
import type { SessionStrategy } from '../../src/core/session-policy.js';
import { Permission } from '../../src/core/permission.js';
import { isTokenType, TokenType } from '../../src/core/token-type.js';
import { NoAuthSessionManager } from '../../src/managers/no-auth-session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from '../support/memory-logger.js';

const SECOND = 1000;
const DIFFERENCES = join(import.meta.dirname, '../../../../docs/specification.md');

const BASE = [
  ...['sessions', 'session_timeout', 'max_concurrent_sessions', 'logger'],
  ...[
    'cleanup_expired_sessions',
    'create_session',
    'has_logged_user',
    'invalidate_session',
    'n_active_sessions',
  ],
  ...['refresh_session', 'session_token', 'session_username', 'validate_session'],
];

/** The attributes and methods that the specification names, by the strategy whose class has them. */
const SURFACE: Readonly<Record<SessionStrategy, readonly string[]>> = {
  token: BASE,
  single: BASE,
  'no-auth': [...BASE, 'admin_token'],
  jwt: [
    ...[
      ...BASE,
      'refresh_timeout',
      'secret_key',
      'refresh_tokens',
      '_lock',
      'api_token_dir',
      'api_token_file',
    ],
    ...['create_api_token', 'invalidate_api_token'],
  ],
};

describe('the examples of the specification', () => {
  it('JWTSessionManager: creates, validates and refreshes a session of alice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spec-'));
    const manager = await createSessionManager({
      strategy: 'jwt',
      sessionTimeout: 1800,
      secretKey: 'my_secret',
      apiTokenDir: folder,
      clock: () => 1_769_011_058 * SECOND,
      logger: new MemoryLogger(),
    });
    const tokens = (await manager.createSession('alice'))!;
    const info = await manager.validateSession(tokens.accessToken);
    expect(info).toMatchObject({
      username: 'alice',
      issuedAt: new Date(1_769_011_058 * SECOND),
      expiresAt: new Date(1_769_012_858 * SECOND),
      issuer: 'plantdb-api',
      audience: 'plantdb-client',
    });
    expect(info.jti).toMatch(/^[\w-]{22}\.a0$/);
    const renewed = (await manager.refreshSession(tokens.refreshToken))!;
    expect(renewed.accessToken).not.toBe(tokens.accessToken);
    expect(await manager.sessionUsername(renewed.accessToken)).toBe('alice');
    rmSync(folder, { recursive: true });
  });

  it('create_api_token: the file registers the token of batman and does not hold it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spec-'));
    const manager = await createSessionManager({
      strategy: 'jwt',
      secretKey: 'my_secret',
      apiTokenDir: folder,
      logger: new MemoryLogger(),
    });
    const { token, jti, expiresAt } = await manager.createApiToken('batman', {
      datasets: { joker: [Permission.Delete] },
    });
    expect(manager.apiTokenFile).toBe(join(folder, 'api_token.txt'));
    const file = readFileSync(manager.apiTokenFile!, 'utf8');
    expect(file.startsWith(`${jti} ${expiresAt.toISOString().replace('Z', '+00:00')} `)).toBe(true);
    expect(file).not.toContain(token);
    expect(await manager.validateSession(token)).toMatchObject({
      username: 'batman',
      type: TokenType.Api,
      datasets: { joker: ['delete'] },
    });
    rmSync(folder, { recursive: true });
  });

  it('NoAuthSessionManager: any request is that of admin', async () => {
    const manager = await createSessionManager({ strategy: 'no-auth', logger: new MemoryLogger() });
    expect((await manager.validateSession(manager.adminToken())).username).toBe('admin');
  });

  it('SingleSessionManager: a second user waits, a refresh works, the expiry moves', async () => {
    let now = Date.UTC(2026, 0, 21);
    const logger = new MemoryLogger();
    const manager = await createSessionManager({ strategy: 'single', clock: () => now, logger });
    const session = (await manager.createSession('test'))!;
    expect(await manager.createSession('test2')).toBeNull();
    expect(logger.entries).toContain('warn Reached max concurrent sessions limit (1)');
    const first = await manager.validateSession(session.accessToken);
    expect(first.expiresAt).toEqual(new Date(now + 3600 * SECOND));
    now += 60 * SECOND;
    const renewed = (await manager.refreshSession(session.accessToken))!;
    const second = await manager.validateSession(renewed.accessToken);
    expect(second.expiresAt).toEqual(new Date(now + 3600 * SECOND));
  });

  it('TokenType compares with strings in any case', () => {
    expect(isTokenType(TokenType.Access, TokenType.Access)).toBe(true);
    expect(isTokenType(TokenType.Access, 'access')).toBe(true);
    expect(isTokenType(TokenType.Access, 'Access')).toBe(true);
    expect(isTokenType(TokenType.Access, TokenType.Api)).toBe(false);
    expect(isTokenType(TokenType.Access, 'api')).toBe(false);
  });
});

describe('the surface of the specification', () => {
  const rows = readFileSync(DIFFERENCES, 'utf8').match(/^\| .*\n/gm) ?? [];

  it.each(Object.keys(SURFACE) as SessionStrategy[])(
    'is all there under %s, or docs/specification.md names what is there instead',
    async (strategy) => {
      const manager = await createSessionManager({ strategy, logger: new MemoryLogger() });
      const missing = SURFACE[strategy].filter((name) => !(camelCase(name) in manager));
      const named = (name: string) => rows.some((row) => row.split(' | ')[0]!.includes(`\`${name}\``));
      expect(missing.filter((name) => !named(name))).toEqual([]);
      expect(missing).toContain('sessions');
    },
  );

  it('has four classes of errors, and docs/specification.md names every other one', () => {
    const four = [
      ...['SessionValidationError', 'AccessTokenNotFoundError'],
      ...['RefreshTokenNotFoundError', 'InvalidTokenProcessingError'],
    ];
    const classes = Object.entries(errors).flatMap(([name, value]) =>
      value.prototype instanceof errors.SessionError ? [name] : [],
    );
    expect(classes).toEqual(expect.arrayContaining(four));
    const table = rows.join('');
    const others = classes.filter((name) => !four.includes(name));
    expect(others.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });
});

function camelCase(name: string): string {
  return name.replace(/(?<=.)_(.)/g, (_, letter: string) => letter.toUpperCase());
}

describe('the attributes of the specification', () => {
  const logger = new MemoryLogger();

  it('SessionManager: session_timeout and max_concurrent_sessions, those of the specification by default', async () => {
    const byDefault = await createSessionManager({ strategy: 'token', logger });
    expect([byDefault.sessionTimeout, byDefault.maxConcurrentSessions]).toEqual([3600, 10]);
    const given = await createSessionManager({
      strategy: 'token',
      sessionTimeout: 60,
      maxConcurrentSessions: Infinity,
      logger,
    });
    expect([given.sessionTimeout, given.maxConcurrentSessions]).toEqual([60, Infinity]);
  });

  it('SingleSessionManager: session_timeout, and max_concurrent_sessions is always 1', async () => {
    const byDefault = await createSessionManager({ strategy: 'single', logger });
    expect([byDefault.sessionTimeout, byDefault.maxConcurrentSessions]).toEqual([3600, 1]);
    const given = await createSessionManager({ strategy: 'single', sessionTimeout: 60, logger });
    expect([given.sessionTimeout, given.maxConcurrentSessions]).toEqual([60, 1]);
  });

  it('NoAuthSessionManager: session_timeout, and a max_concurrent_sessions that refuses nobody', async () => {
    const byDefault = new NoAuthSessionManager({ logger });
    expect([byDefault.sessionTimeout, byDefault.maxConcurrentSessions]).toEqual([3600, Infinity]);
    const given = await createSessionManager({ strategy: 'no-auth', sessionTimeout: 60, logger });
    expect([given.sessionTimeout, given.maxConcurrentSessions]).toEqual([60, Infinity]);
  });

  it('JWTSessionManager: these two and refresh_timeout, with defaults of its own', async () => {
    const byDefault = await createSessionManager({ strategy: 'jwt', logger });
    expect(byDefault.sessionTimeout).toBe(900);
    expect(byDefault.maxConcurrentSessions).toBe(10);
    expect(byDefault.refreshTimeout).toBe(86_400);
    const options = { sessionTimeout: 60, maxConcurrentSessions: 3, refreshTimeout: 600 };
    const given = await createSessionManager({ strategy: 'jwt', ...options, logger });
    expect(given).toMatchObject(options);
  });

  it('JWTSessionManager: api_token_dir is the folder of api_token_file, where there is such a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spec-'));
    const given = { strategy: 'jwt', secretKey: new Uint8Array(64).fill(7), logger } as const;
    const managers = {
      given: await createSessionManager({ ...given, apiTokenDir: folder }),
      byDefault: await createSessionManager(given),
      withoutKey: await createSessionManager({ strategy: 'jwt', apiTokenDir: folder, logger }),
      elsewhere: await createSessionManager({ ...given, apiTokenStore: new MemoryApiTokenStore() }),
    };
    expect(managers.given.apiTokenDir).toBe(folder);
    expect(managers.byDefault.apiTokenDir).toBe(tmpdir());
    expect(managers.withoutKey).toMatchObject({ apiTokenFile: undefined, apiTokenDir: undefined });
    expect(managers.elsewhere).toMatchObject({ apiTokenFile: undefined, apiTokenDir: undefined });
    rmSync(folder, { recursive: true });
  });

  it('are read-only', async () => {
    const manager = await createSessionManager({ strategy: 'jwt', logger });
    const names = [
      'sessionTimeout',
      'maxConcurrentSessions',
      'refreshTimeout',
      'apiTokenDir',
      'apiTokenFile',
    ];
    for (const name of names) expect(Reflect.set(manager, name, 1)).toBe(false);
    expect(manager.sessionTimeout).toBe(900);
  });
});
