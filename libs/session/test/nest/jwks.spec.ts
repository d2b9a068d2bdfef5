import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Injectable, UseGuards, VersioningType, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { JwksVerifierOptions } from '../../src/compose/verifier-options.js';
import { Permission } from '../../src/core/permission.js';
import { SessionKeys, type JwkSet } from '../../src/core/session-keys.js';
import type { SessionInfo } from '../../src/core/session.js';
import { TokenType } from '../../src/core/token-type.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { SessionVerifier } from '../../src/managers/session-verifier.js';
import { CurrentSession, CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { AcceptTokens, OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { JwksVerifierModule } from '../../src/nest/jwks/jwks-verifier.module.js';
import { JwksController } from '../../src/nest/jwks/jwks.controller.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { keyPair } from '../support/key-pairs.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp, type Platform } from '../support/nest-app.js';

const PARTIES = { issuer: 'https://issuer.example', audience: 'everyone' };
const START = Date.UTC(2026, 0, 21);

@Controller()
@UseGuards(SessionGuard)
class Guarded {
  @Get('me')
  me(@CurrentUser('username') username: string, @CurrentSession() session: SessionInfo) {
    return { username, session };
  }

  @Public()
  @Get('public')
  open() {
    return {};
  }

  @OptionalSession()
  @Get('optional')
  optional(@CurrentUser('username') username?: string) {
    return { username: username ?? null };
  }

  @AcceptTokens(TokenType.Refresh)
  @Get('refresh-only')
  refreshOnly() {
    return {};
  }

  @RequireDataset(Permission.Read, 'dataset')
  @Get('datasets/:dataset')
  read() {
    return {};
  }
}

const open: { close(): Promise<unknown> }[] = [];
let now = START;
const logger = new MemoryLogger();

afterEach(async () => {
  now = START;
  logger.entries.length = 0;
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function start(platform: Platform, metadata: ModuleMetadata) {
  const started = await startApp(platform, metadata);
  open.push(started.app);
  return started;
}

const get = (url: string, token?: string) =>
  fetch(url, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });

describe.each(PLATFORMS)('on %s', (platform) => {
  const pair = keyPair('EdDSA');

  async function issuer({ wrapApiTokens = false } = {}) {
    const store = new MemorySessionStore();
    const apiTokenStore = new MemoryApiTokenStore();
    const { app, url } = await start(platform, {
      imports: [
        SessionModule.forRoot({
          strategy: 'jwt',
          signing: { algorithm: 'EdDSA', privateKey: pair.privateKey },
          ...PARTIES,
          store,
          apiTokenStore,
          wrapApiTokens,
          clock: () => now,
          logger,
        }),
      ],
      controllers: [JwksController, Guarded],
      providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
    });
    const manager = app.get(JwtSessionManager);
    return { app, manager, store, apiTokenStore, jwksUri: `${url}/.well-known/jwks.json` };
  }

  async function sibling(options: Partial<JwksVerifierOptions>) {
    return start(platform, {
      imports: [JwksVerifierModule.forRoot({ ...PARTIES, clock: () => now, logger, ...options })],
      controllers: [Guarded],
    });
  }

  describe('JwksController', () => {
    it('publishes the public keys, lets caches keep them, and passes a global guard', async () => {
      const { jwksUri, manager } = await issuer();
      const response = await get(jwksUri);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(response.headers.get('cache-control')).toBe('public, max-age=300');
      const { keys } = (await response.json()) as JwkSet;
      expect(keys).toEqual(manager.keys.publicKeys().keys);
      expect(keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
      expect(keys[0]).not.toHaveProperty('d');
    });

    it('follows a rotation', async () => {
      const { jwksUri, app } = await issuer();
      const next = keyPair('EdDSA');
      await app.get<SessionKeys>(SessionKeys).rotateSigning({
        algorithm: 'EdDSA',
        privateKey: next.privateKey,
        publicKeys: [pair.publicKey],
      });
      const { keys } = (await (await get(jwksUri)).json()) as JwkSet;
      expect(keys.map(({ x }) => x)).toEqual(
        [next, pair].map(({ publicKey }) => publicKey.export({ format: 'jwk' }).x),
      );
    });
  });

  describe('JwksVerifierModule', () => {
    it('gives a sibling the same guards, decorators and session, and no secret', async () => {
      const { manager, jwksUri } = await issuer();
      const { url } = await sibling({ jwksUri });
      const { accessToken, refreshToken, sessionId } = (await manager.createSession('alice'))!;
      const response = await get(`${url}/me`, accessToken);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        username: 'alice',
        session: JSON.parse(JSON.stringify(await manager.validateSession(accessToken))) as unknown,
      });
      expect((await manager.listSessions('alice'))[0]!.sessionId).toBe(sessionId);
      expect((await get(`${url}/me`)).headers.get('www-authenticate')).toBe('Bearer');
      const refused = await get(`${url}/me`, `${accessToken}x`);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect((await get(`${url}/public`)).status).toBe(200);
      expect(await (await get(`${url}/optional`)).json()).toEqual({ username: null });
      expect((await get(`${url}/me`, refreshToken)).status).toBe(401);
      expect((await get(`${url}/refresh-only`, refreshToken)).status).toBe(401);
    });

    it('holds tokens to issuer, audience and expiry', async () => {
      const { manager, jwksUri } = await issuer();
      const { accessToken } = (await manager.createSession('alice'))!;
      for (const other of [{ issuer: 'other' }, { audience: 'other' }]) {
        const { url } = await sibling({ jwksUri, ...other });
        expect((await get(`${url}/me`, accessToken)).status).toBe(401);
      }
      const { url } = await sibling({ jwksUri });
      now = START + 901_999;
      expect((await get(`${url}/me`, accessToken)).status).toBe(200);
      now = START + 902_000;
      expect((await get(`${url}/me`, accessToken)).status).toBe(401);
    });

    it('R1 with the store of the issuer a revocation acts on the next request', async () => {
      const { manager, jwksUri, store } = await issuer();
      const { url } = await sibling({ jwksUri, store });
      const { accessToken } = (await manager.createSession('alice'))!;
      expect((await get(`${url}/me`, accessToken)).status).toBe(200);
      await manager.invalidateSession(accessToken);
      expect((await get(`${url}/me`, accessToken)).status).toBe(401);
    });

    it('without the store a token opens until it expires, whatever became of its session', async () => {
      const { manager, jwksUri } = await issuer();
      const { url } = await sibling({ jwksUri });
      const { accessToken } = (await manager.createSession('alice'))!;
      await manager.invalidateSession(accessToken);
      expect((await get(`${url}/me`, accessToken)).status).toBe(200);
    });

    it('R2 API tokens open nothing unless asked for; with the registry a revoked one opens nothing either', async () => {
      const { manager, jwksUri, apiTokenStore } = await issuer();
      const { token } = await manager.createApiToken('ci', { datasets: { a: [Permission.Read] } });
      const [plain, trusting, asking] = await Promise.all([
        sibling({ jwksUri }),
        sibling({ jwksUri, apiTokens: true }),
        sibling({ jwksUri, apiTokenStore }),
      ]);
      const statuses = async (dataset: string) =>
        Promise.all(
          [plain, trusting, asking].map(
            async ({ url }) => (await get(`${url}/datasets/${dataset}`, token)).status,
          ),
        );
      expect(await statuses('a')).toEqual([401, 200, 200]);
      expect(await statuses('b')).toEqual([401, 403, 403]);
      await manager.invalidateApiToken(token);
      expect(await statuses('a')).toEqual([401, 200, 401]);
    });

    it('reads wrapped API tokens, fetches no keys for a mistyped one, and holds each to what its owner may do', async () => {
      const { manager, jwksUri, app } = await issuer({ wrapApiTokens: true });
      const { token } = await manager.createApiToken('ci');
      const effectivePermissions = (_username: string, dataset: string) =>
        dataset === 'a' ? [Permission.Read] : [];
      const { url } = await sibling({ jwksUri, apiTokens: true, effectivePermissions });
      const fetched = jest.spyOn(app.get<SessionKeys>(SessionKeys), 'publicKeys');
      const mistyped = token.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
      expect((await get(`${url}/datasets/a`, mistyped)).status).toBe(401);
      expect(fetched).not.toHaveBeenCalled();
      expect((await get(`${url}/datasets/a`, token)).status).toBe(200);
      expect((await get(`${url}/datasets/b`, token)).status).toBe(403);
      expect(fetched).toHaveBeenCalledTimes(1);
    });

    it('H4 is 503 with Retry-After, never 401 and never a pass, where no key can be had or the store is down', async () => {
      const { manager, jwksUri, store } = await issuer();
      const { accessToken } = (await manager.createSession('alice'))!;
      const lost = await sibling({ jwksUri: jwksUri.replace('jwks.json', 'none.json') });
      const storeless = await sibling({ jwksUri, store });
      store.access = () => {
        throw new Error('down');
      };
      for (const { url } of [lost, storeless]) {
        for (const path of ['me', 'optional']) {
          const response = await get(`${url}/${path}`, accessToken);
          expect(response.status).toBe(503);
          expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
        }
      }
      expect(logger.entries.join()).not.toContain(accessToken);
    });

    it('J16 drops a key when the issuer does, and takes the next one', async () => {
      const { manager, jwksUri } = await issuer();
      const { url } = await sibling({ jwksUri });
      const old = (await manager.createSession('alice'))!.accessToken;
      expect((await get(`${url}/me`, old)).status).toBe(200);
      await manager.keys.rotateSigning({ algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey });
      const fresh = (await manager.createSession('alice'))!.accessToken;
      now = START + 30_000;
      expect((await get(`${url}/me`, fresh)).status).toBe(200);
      expect((await get(`${url}/me`, old)).status).toBe(401);
    });

    it('takes keys that are known beforehand, an async factory, and resolveUser', async () => {
      const { manager } = await issuer();
      const { url } = await start(platform, {
        imports: [
          JwksVerifierModule.forRootAsync({
            useFactory: () => ({
              ...PARTIES,
              jwks: manager.keys.publicKeys(),
              clock: () => now,
              resolveUser: ({ username }: SessionInfo) =>
                username === 'alice' ? { username: 'Alice' } : null,
            }),
          }),
        ],
        controllers: [Guarded],
      });
      const { accessToken } = (await manager.createSession('alice'))!;
      expect(await (await get(`${url}/me`, accessToken)).json()).toMatchObject({ username: 'Alice' });
      const bob = (await manager.createSession('bob'))!.accessToken;
      expect((await get(`${url}/me`, bob)).status).toBe(401);
    });
  });
});

async function bootFault(metadata: ModuleMetadata, prepare = (_app: unknown): void => undefined) {
  const module = await Test.createTestingModule(metadata)
    .setLogger(new MemoryLogger())
    .compile()
    .catch((error: unknown) => error as Error);
  if (module instanceof Error) return module;
  const app = module.createNestApplication();
  open.push(app);
  prepare(app);
  return app.init().then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

describe('at boot', () => {
  it.each(['jwt', 'token', 'no-auth'] as const)(
    'JwksController under %s without signing refuses, and says what is missing',
    async (strategy) => {
      const fault = await bootFault({
        imports: [SessionModule.forRoot({ strategy, logger } as never)],
        controllers: [JwksController],
      });
      expect(fault).toMatchObject({ code: 'SESSION_CONFIGURATION' });
      expect(fault?.message).toContain('expected the option "signing" under the strategy "jwt"');
    },
  );

  it('the place of the keys is the same under versioning', async () => {
    let app!: { getHttpServer(): unknown; enableVersioning(options: object): void };
    const fault = await bootFault(
      {
        imports: [
          SessionModule.forRoot({
            strategy: 'jwt',
            signing: { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey },
            apiTokenStore: new MemoryApiTokenStore(),
            logger,
          }),
        ],
        controllers: [JwksController],
      },
      (made) => {
        app = made as typeof app;
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
    );
    expect(fault).toBeUndefined();
    const { default: request } = await import('supertest');
    expect((await request(app.getHttpServer() as never).get('/.well-known/jwks.json')).status).toBe(200);
  });

  const jwks = { keys: [keyPair('EdDSA').publicKey.export({ format: 'jwk' })] };

  it.each<[string, object, RegExp]>([
    ['no keys', {}, /^jwksUri: expected either this or jwks, got neither$/],
    ['both', { jwks, jwksUri: 'https://issuer.example' }, /got both$/],
    ['http', { jwksUri: 'http://issuer.example' }, /^jwksUri: expected an https URL .* got a string of/],
    ['an empty set', { jwks: { keys: [] } }, /^jwks: expected a JWK Set with a public key/],
    ['a set of secrets', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, /^jwks: .* got none$/],
    ['no issuer', { jwks, issuer: undefined }, /^issuer: expected .* got undefined$/],
    ['no audience', { jwks, audience: '' }, /^audience: expected/],
    ['a wide leeway', { jwks, leeway: 61 }, /^leeway: .* got 61$/],
    ['another store', { jwks, store: {} }, /^store: expected a SessionStore/],
    ['a secret', { jwks, secretKey: 'secret' }, /^secretKey: not an option of a verifier$/],
  ])('a verifier with %s refuses, naming what was expected and what came', async (_, options, message) => {
    const fault = await bootFault({
      imports: [JwksVerifierModule.forRoot({ ...PARTIES, ...options })],
    });
    expect(fault).toMatchObject({ code: 'SESSION_CONFIGURATION' });
    expect(fault?.message).toMatch(message);
  });

  it('a verifier beside a SessionModule, or beside another, refuses', async () => {
    const verifier = () => JwksVerifierModule.forRoot({ ...PARTIES, jwks });
    @Injectable()
    class Nothing {}
    const inner = { module: Nothing, imports: [JwksVerifierModule.forRoot({ ...PARTIES, jwks, leeway: 1 })] };
    for (const imports of [
      [verifier(), SessionModule.forRoot('token')],
      [verifier(), inner],
    ]) {
      const fault = await bootFault({ imports });
      expect(fault?.message).toContain('JwksVerifierModule: expected no second one');
    }
  });

  it('a test may put another verifier in the place, and the store is closed at shutdown', async () => {
    const store = new MemorySessionStore();
    let closed = 0;
    store.close = () => void (closed += 1);
    const metadata = {
      imports: [JwksVerifierModule.forRoot({ ...PARTIES, jwks, store })],
      controllers: [Guarded],
    };
    const real = await startApp('Fastify', metadata);
    await real.app.close();
    expect(closed).toBe(1);
    const stub = { validateSession: async () => ({ username: 'stub' }) };
    const { app, url } = await startApp('Fastify', metadata, (builder) =>
      builder.overrideProvider(SessionVerifier).useValue(stub),
    );
    expect(await (await get(`${url}/me`)).json()).toMatchObject({ username: 'stub' });
    await app.close();
  });
});
