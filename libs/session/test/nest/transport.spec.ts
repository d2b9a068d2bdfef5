import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, Req, Res, UseGuards, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { InsufficientScopeError } from '../../src/core/errors.js';
import { SessionTransport } from '../../src/core/session-transport.js';
import type { SessionTokens } from '../../src/core/session.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { JwksVerifierModule } from '../../src/nest/jwks/jwks-verifier.module.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { OptionalSession, Public } from '../../src/nest/rules/route-access.decorators.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { keyPair } from '../support/key-pairs.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

interface Request {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface Response {
  header(name: string, value: string): unknown;
}

/** Travels by headers of its own, and not from another site: what a cookie does, in small. */
class Satchel extends SessionTransport {
  override readonly carriesTokens = true;
  readonly asked: string[] = [];

  read({ headers }: Request, which: 'access' | 'refresh' = 'access') {
    this.asked.push(which);
    return headers[`x-${which}`];
  }

  override check({ headers }: Request) {
    this.asked.push('check');
    if (headers['sec-fetch-site'] === 'cross-site') throw new InsufficientScopeError('from another site');
  }

  override write(request: Request, response: Response, { accessToken }: SessionTokens) {
    this.check(request);
    response.header('x-set', accessToken);
  }

  override clear(_request: Request, response: Response) {
    response.header('x-set', '');
  }
}

@Controller()
@UseGuards(SessionGuard)
class Desk {
  constructor(private readonly transport: SessionTransport) {}

  @Get('me')
  me(@CurrentUser('username') name: string) {
    return { name };
  }

  @Get('optional')
  @OptionalSession()
  optional(@CurrentUser('username') name?: string) {
    return { name: name ?? null };
  }

  @Get('open')
  @Public()
  open() {
    return {};
  }

  @Post('logout')
  logout(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    this.transport.clear(request, response);
  }
}

@Controller()
class FrontDoor {
  constructor(
    private readonly sessions: SessionManager,
    private readonly transport: SessionTransport,
  ) {}

  @Post('login')
  async login(@Req() request: Request, @Res({ passthrough: true }) response: Response) {
    const tokens = (await this.sessions.createSession('alice'))!;
    this.transport.write(request, response, tokens, { persistent: false });
    return this.transport.carriesTokens ? {} : tokens;
  }
}

const logger = new MemoryLogger();
const COMMON = { logger, cleanup: false, secretKey: new Uint8Array(64) } as const;
const PARTIES = { issuer: 'an issuer', audience: 'an audience' };
const SIGNING = { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } as const;

describe.each(PLATFORMS)('The option transport, on %s', (platform) => {
  let app: INestApplication;
  let url: string;
  let satchel: Satchel;
  let store: MemorySessionStore;
  beforeEach(() => {
    satchel = new Satchel();
    store = new MemorySessionStore();
  });
  afterEach(() => app.close());

  const start = async (options: { transport?: SessionTransport }) => {
    ({ app, url } = await startApp(platform, {
      imports: [SessionModule.forRoot({ strategy: 'token', store, ...COMMON, ...options })],
      controllers: [Desk, FrontDoor],
    }));
  };

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${url}/${path}`, { method, headers });
  const login = async () => (await app.get(SessionManager).createSession('alice'))!.accessToken;

  it('says where guards find a credential, and Authorization is nothing to them then', async () => {
    await start({ transport: satchel });
    const token = await login();
    expect(await (await ask('me', { 'x-access': token })).json()).toEqual({ name: 'alice' });
    expect((await ask('me', { authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await ask('me', { 'x-refresh': token })).status).toBe(401);
    expect(satchel.asked).toEqual(['access', 'check', 'access', 'access']);
  });

  it('left out, it is a BearerTransport, which leaves tokens to the body', async () => {
    await start({});
    expect(app.get(SessionTransport)).toBeInstanceOf(BearerTransport);
    const answer = await ask('login', {}, 'POST');
    const { accessToken } = (await answer.json()) as SessionTokens;
    expect(answer.headers.get('x-set')).toBeNull();
    expect((await ask('me', { authorization: `Bearer ${accessToken}` })).status).toBe(200);
  });

  it('a request that may carry no credential is refused before the store is asked', async () => {
    await start({ transport: satchel });
    const token = await login();
    let accesses = 0;
    const access = store.access.bind(store);
    store.access = (...args) => {
      accesses += 1;
      return access(...args);
    };
    for (const path of ['me', 'optional']) {
      const refused = await ask(path, { 'x-access': token, 'sec-fetch-site': 'cross-site' });
      expect(refused.status).toBe(403);
    }
    expect(accesses).toBe(0);
    expect((await ask('me', { 'x-access': token, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect(accesses).toBe(1);
  });

  it('a request without a credential is not checked, nor one to a route that looks at none', async () => {
    await start({ transport: satchel });
    const site = { 'sec-fetch-site': 'cross-site' };
    expect((await ask('me', site)).status).toBe(401);
    expect(await (await ask('optional', site)).json()).toEqual({ name: null });
    expect((await ask('open', { ...site, 'x-access': await login() })).status).toBe(200);
    expect(satchel.asked).toEqual(['access', 'access']);
  });

  it('is what controllers inject, to hand tokens out and to take them back', async () => {
    await start({ transport: satchel });
    const answer = await ask('login', {}, 'POST');
    expect(await answer.json()).toEqual({});
    const token = answer.headers.get('x-set')!;
    expect((await ask('me', { 'x-access': token })).status).toBe(200);
    const gone = await ask('logout', { 'x-access': token }, 'POST');
    expect(gone.headers.get('x-set')).toBe('');
    expect((await ask('login', { 'sec-fetch-site': 'cross-site' }, 'POST')).headers.get('x-set')).toBeNull();
  });

  it('works for tokens of another service, in JwksVerifierModule', async () => {
    const issuer = await createSessionManager({ strategy: 'jwt', signing: SIGNING, ...PARTIES, logger });
    ({ app, url } = await startApp(platform, {
      imports: [
        JwksVerifierModule.forRoot({ jwks: issuer.keys.publicKeys(), ...PARTIES, transport: satchel }),
      ],
      controllers: [Desk],
    }));
    const { accessToken } = (await issuer.createSession('alice'))!;
    expect(await (await ask('me', { 'x-access': accessToken })).json()).toEqual({ name: 'alice' });
    expect((await ask('me', { authorization: `Bearer ${accessToken}` })).status).toBe(401);
    const foreign = { 'x-access': accessToken, 'sec-fetch-site': 'cross-site' };
    expect((await ask('me', foreign)).status).toBe(403);
    await issuer.close();
  });
});

describe('What is no transport', () => {
  const refusal = (module: object) =>
    Test.createTestingModule({ imports: [module as never] })
      .setLogger(logger)
      .compile();

  it.each<[string, unknown, string]>([
    ['a class', Satchel, 'expected a SessionTransport, or an array of them, got a function'],
    ['a name', 'cookie', 'expected a SessionTransport, or an array of them, got a string of 6 characters'],
    ['an empty object', {}, 'expected a SessionTransport, or an array of them, got an object'],
    [
      'one that lacks members',
      { read: () => undefined, carriesTokens: 'no' },
      'expected a SessionTransport, or an array of them (no check, no write, no clear, no carriesTokens), got an object',
    ],
    ['an empty array', [], 'expected a SessionTransport, or an array of them, got an array of 0'],
    [
      'an array with something else in it',
      [new BearerTransport(), 'cookie'],
      'expected a SessionTransport, or an array of them ([1] is a string of 6 characters), got an array of 2',
    ],
  ])('is refused at boot by both modules: %s', async (_, transport, words) => {
    const given = { transport: transport as SessionTransport };
    const fault = { code: 'SESSION_CONFIGURATION', message: `transport: ${words}` };
    const useFactory = () => ({ ...COMMON, ...given });
    await expect(
      refusal(SessionModule.forRoot({ strategy: 'token', ...COMMON, ...given })),
    ).rejects.toMatchObject(fault);
    await expect(
      refusal(SessionModule.forRootAsync({ strategy: 'token', useFactory })),
    ).rejects.toMatchObject(fault);
    const jwks = { keys: [keyPair('EdDSA').publicKey.export({ format: 'jwk' })] };
    await expect(refusal(JwksVerifierModule.forRoot({ ...PARTIES, jwks, ...given }))).rejects.toMatchObject(
      fault,
    );
  });

  it('has all the members, whatever its class, and is one', async () => {
    const transport = {
      read: () => undefined,
      check: () => {},
      write: () => {},
      clear: () => {},
      carriesTokens: false,
    };
    const module = await refusal(SessionModule.forRoot({ strategy: 'token', ...COMMON, transport }));
    expect(module.get(SessionTransport)).toBe(transport);
    await module.close();
  });
});

describe('A transport of which only read was written', () => {
  class HeaderAlone extends SessionTransport {
    read({ headers }: Request) {
      return headers['x-token'];
    }
  }

  it.each([new HeaderAlone(), new BearerTransport()])(
    'objects to nothing and writes nothing',
    (transport) => {
      const untouchable = new Proxy(
        {},
        {
          get: (_, name) => {
            throw new Error(`looked at ${String(name)}`);
          },
        },
      );
      expect(() => {
        transport.check(untouchable);
        transport.write(untouchable, untouchable, {} as SessionTokens, { persistent: true });
        transport.clear(untouchable, untouchable);
      }).not.toThrow();
      expect(transport.carriesTokens).toBe(false);
    },
  );
});

it('createSessionManager leaves a transport to the module, and what is none it refuses', async () => {
  const manager = await createSessionManager({ strategy: 'token', ...COMMON, transport: new Satchel() });
  expect(await manager.createSession('alice')).not.toBeNull();
  const wrong = createSessionManager({ strategy: 'token', ...COMMON, transport: 'cookie' as never });
  await expect(wrong).rejects.toThrow('transport: expected a SessionTransport');
});
