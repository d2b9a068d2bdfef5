import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, UseGuards, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getMetadataStorage } from 'class-validator';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import {
  JwtSessionOptions,
  NoAuthSessionOptions,
  SingleSessionOptions,
  TokenSessionOptions,
} from '../../src/compose/options.js';
import { JwksVerifierOptions } from '../../src/compose/verifier-options.js';
import type { SessionInfo } from '../../src/core/session.js';
import { CurrentUser } from '../../src/nest/rules/current-session.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { JwksVerifierModule } from '../../src/nest/jwks/jwks-verifier.module.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { SessionManager } from '../../src/managers/session.manager.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { keyPair } from '../support/key-pairs.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { startApp } from '../support/nest-app.js';
import { rejectionOf } from '../support/managers.js';

const logger = new MemoryLogger();
const KEY = new Uint8Array(64).fill(7);
const PARTIES = { issuer: 'an issuer', audience: 'an audience' };
const JWKS = { keys: [keyPair('EdDSA').publicKey.export({ format: 'jwk' })] };

const CLASSES = {
  token: TokenSessionOptions,
  single: SingleSessionOptions,
  jwt: JwtSessionOptions,
  'no-auth': NoAuthSessionOptions,
};

function namesIn(OptionClass: new () => object): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(OptionClass, '', false, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}

async function refusal(options: unknown): Promise<string> {
  const error = await rejectionOf(createSessionManager(options as 'token'));
  expect(error.code).toBe('SESSION_CONFIGURATION');
  return error.message as string;
}

async function bootFault(module: object): Promise<string> {
  const error = await rejectionOf<Error & { code: string }>(
    Test.createTestingModule({ imports: [module as never] })
      .setLogger(logger)
      .compile(),
  );
  expect(error.code).toBe('SESSION_CONFIGURATION');
  return error.message;
}

function verifierFault(options: object): string {
  try {
    createSessionVerifier(options as JwksVerifierOptions);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

const optional = Object.entries(CLASSES).flatMap(([strategy, OptionClass]) =>
  namesIn(OptionClass)
    .filter((name) => name !== 'strategy')
    .map((name) => [strategy, name] as const),
);

describe('null', () => {
  it.each(optional)('under %s is refused for %s, with the words to leave it out', async (strategy, name) => {
    expect(await refusal({ strategy, logger, [name]: null })).toMatch(
      new RegExp(`^${name}: expected .*, got null; leave it out for its default$`),
    );
  });

  it.each(namesIn(JwksVerifierOptions).filter((name) => !(name in PARTIES)))(
    'is refused for %s of a verifier, with the words to leave it out',
    (name) => {
      const fault = verifierFault({ ...PARTIES, jwks: JWKS, [name]: null });
      expect(fault).toMatch(new RegExp(`^${name}: expected .*, got null; leave it out for its default$`));
    },
  );

  it.each(['issuer', 'audience'])('is refused for %s of a verifier, which cannot be left out', (name) => {
    expect(verifierFault({ ...PARTIES, jwks: JWKS, [name]: null })).toMatch(
      new RegExp(`^${name}: expected .*, got null$`),
    );
  });

  it.each([
    [
      { cleanup: { cron: null } },
      'cleanup: expected false or { cron?, timeZone? } (cron is null: leave it out)',
    ],
    [{ cleanup: { cron: '* * * * *', timeZone: null } }, '(timeZone is null: leave it out)'],
    [{ onLimit: { all: null } }, '(all is null: leave it out)'],
    [{ onLimit: { user: null } }, '(user is null: leave it out)'],
    [
      { signing: { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey, publicKeys: null } },
      'signing.publicKeys: expected an array of at most 3, got null; leave it out for none',
    ],
    [{ signing: { algorithm: 'EdDSA', privateKey: null } }, 'got null'],
    [{ signing: { algorithm: null, privateKey: keyPair('EdDSA').privateKey } }, 'got null'],
    [{ secretKey: [KEY, null] }, 'got an array of 2, number 2 of which is null'],
  ])('is refused inside of %p', async (options, words) => {
    expect(await refusal({ strategy: 'jwt', logger, ...options })).toContain(words);
  });

  it('is refused for what forRootAsync takes beside the factory', async () => {
    const isGlobal = null as never;
    const useFactory = () => ({ ...PARTIES, jwks: JWKS });
    const message = 'isGlobal: expected true or false, got null; leave it out for its default';
    expect(
      await bootFault(SessionModule.forRootAsync({ strategy: 'token', useFactory: () => ({}), isGlobal })),
    ).toBe(message);
    expect(await bootFault(SessionModule.forRoot({ strategy: 'token', isGlobal }))).toBe(message);
    expect(await bootFault(JwksVerifierModule.forRootAsync({ useFactory, isGlobal }))).toBe(message);
    expect(await bootFault(JwksVerifierModule.forRoot({ ...useFactory(), isGlobal }))).toBe(message);
  });

  it.each([undefined, null, 'token', 7, []])('a factory that answers %p is refused', async (options) => {
    const fault = await bootFault(
      SessionModule.forRootAsync({ strategy: 'token', useFactory: () => options as never }),
    );
    expect(fault).toContain('options: expected an object with those of the strategy "token", got');
  });

  it('undefined is what was left out, in members of options too', async () => {
    const nothing = Object.fromEntries(namesIn(JwtSessionOptions).map((name) => [name, undefined]));
    await expect(
      createSessionManager({
        ...nothing,
        strategy: 'jwt',
        logger,
        cleanup: { timeZone: undefined },
      } as never),
    ).resolves.toBeDefined();
  });
});

/** As a configuration is written in a Nest application: state of its own, getters and methods. */
class Config {
  readonly #env = { key: 'a passphrase of ours', timeout: 123 };
  get secretKey() {
    return this.#env.key;
  }
  get sessionTimeout() {
    return this.#env.timeout;
  }
  get logger() {
    return logger;
  }
  resolveUser(session: SessionInfo) {
    return session.username === 'alice' ? { name: 'Alice', timeout: this.#env.timeout } : null;
  }
  createSessionOptions() {
    return this as never;
  }
}

class JwtConfig extends Config {
  readonly #rights: Record<string, readonly string[]> = { data: ['read'] };
  readonly apiTokenStore = new MemoryApiTokenStore();
  get cleanup() {
    return false as const;
  }
  effectivePermissions(_username: string, dataset: string) {
    return this.#rights[dataset] ?? [];
  }
}

describe('options that are an instance of a class', () => {
  it('getters of the class count as given, an inherited one too', async () => {
    class TokenConfig extends Config {
      readonly strategy = 'token';
    }
    const manager = await createSessionManager(new TokenConfig() as never as { strategy: 'token' });
    const twin = await createSessionManager({
      strategy: 'token',
      secretKey: 'a passphrase of ours',
      logger,
    });
    const tokens = (await manager.createSession('alice'))!;
    expect(tokens.expiresIn).toBe(123);
    // The other's key reads the token: it is not there, which is more than a forged one gets to hear.
    await expect(twin.validateSession(tokens.accessToken)).rejects.toMatchObject({
      code: 'ACCESS_TOKEN_NOT_FOUND',
    });
  });

  it('members that are not enumerable, and those of a prototype, count as given', async () => {
    const options = Object.create({ sessionTimeout: 77 }) as { strategy: 'token' };
    Object.defineProperty(options, 'secretKey', { value: KEY });
    Object.assign(options, { strategy: 'token', logger });
    const manager = await createSessionManager(options);
    const twin = await createSessionManager({ strategy: 'token', secretKey: KEY, logger });
    const { accessToken, expiresIn } = (await manager.createSession('alice'))!;
    expect(expiresIn).toBe(77);
    await expect(twin.validateSession(accessToken)).rejects.toMatchObject({ code: 'ACCESS_TOKEN_NOT_FOUND' });
  });

  it('a method of the class counts as given, and keeps its this', async () => {
    const manager = await createSessionManager(
      Object.assign(new JwtConfig(), { strategy: 'jwt' }) as never as { strategy: 'jwt' },
    );
    await expect(manager.createApiToken('alice', { datasets: { data: ['write'] } })).rejects.toThrow(
      'rights that the owner has',
    );
    await expect(manager.createApiToken('alice', { datasets: { data: ['read'] } })).resolves.toBeDefined();
  });

  it('each member is read once', async () => {
    const reads: string[] = [];
    const options = new Proxy(
      { strategy: 'token', secretKey: KEY, logger },
      {
        get: (target, name) => {
          reads.push(String(name));
          return Reflect.get(target, name) as unknown;
        },
      },
    );
    await createSessionManager(options as never);
    expect(reads.filter((name) => name === 'secretKey')).toHaveLength(1);
  });

  it('what a getter throws is not swallowed', async () => {
    class Missing {
      readonly strategy = 'token';
      get secretKey(): string {
        throw new Error('SESSION_SECRET is not set');
      }
    }
    await expect(createSessionManager(new Missing() as never)).rejects.toThrow('SESSION_SECRET is not set');
  });

  it('a getter is judged as any option is', async () => {
    class Wrong {
      readonly strategy = 'jwt';
      get leeway() {
        return 61;
      }
      get sesionTimeout() {
        return 5;
      }
      helper() {
        return 'no option, and none of our business';
      }
    }
    expect(await refusal(new Wrong())).toBe(
      'sesionTimeout: not an option of the strategy "jwt"; did you mean sessionTimeout?; ' +
        'leeway: expected a whole number of seconds from 0 to 60, got 61',
    );
  });

  it('getters inside of options are judged too', async () => {
    class Schedule {
      get cron() {
        return 5;
      }
    }
    class Limits {
      get user() {
        return 'evict';
      }
    }
    expect(await refusal({ strategy: 'jwt', cleanup: new Schedule() })).toMatch(/^cleanup: expected/);
    expect(await refusal({ strategy: 'jwt', onLimit: new Limits() })).toMatch(/^onLimit: expected/);
  });

  it('a field that is no option is refused, with the place for it', async () => {
    class WithService {
      readonly strategy = 'token';
      constructor(private readonly settings = { key: KEY }) {}
      get secretKey() {
        return this.settings.key;
      }
    }
    expect(await refusal(new WithService())).toBe(
      'settings: not an option of the strategy "token"; what its class keeps for itself belongs in a #private field',
    );
  });

  describe('in Nest', () => {
    @Controller()
    @UseGuards(SessionGuard)
    class Guarded {
      @Get('me')
      me(@CurrentUser() user: unknown) {
        return user;
      }
    }

    @Module({ providers: [Config], exports: [Config] })
    class ConfigModule {}

    let app: INestApplication | undefined;
    afterEach(() => app?.close());

    const answerTo = async (module: object, token?: (app: INestApplication) => Promise<string>) => {
      const started = await startApp('Fastify', { imports: [module as never], controllers: [Guarded] });
      app = started.app;
      const accessToken =
        token === undefined
          ? (await app.get(SessionManager).createSession('alice'))!.accessToken
          : await token(app);
      const headers = { Authorization: `Bearer ${accessToken}` };
      const response = await fetch(`${started.url}/me`, { headers });
      return await response.json();
    };

    it.each([
      [
        'forRoot',
        () => SessionModule.forRoot(Object.assign(new Config(), { strategy: 'token' }) as never as 'token'),
      ],
      [
        'useFactory',
        () => SessionModule.forRootAsync({ strategy: 'token', useFactory: () => new Config() as never }),
      ],
      ['useClass', () => SessionModule.forRootAsync({ strategy: 'token', useClass: Config })],
      [
        'useExisting',
        () => SessionModule.forRootAsync({ strategy: 'token', useExisting: Config, imports: [ConfigModule] }),
      ],
      [
        'an async description with getters',
        () =>
          SessionModule.forRootAsync(
            new (class {
              get strategy() {
                return 'token' as const;
              }
              get useFactory() {
                return () => new Config() as never;
              }
            })(),
          ),
      ],
    ])('%s hands on what a class gives', async (_, module) => {
      expect(await answerTo(module())).toEqual({ name: 'Alice', timeout: 123 });
    });

    it.each([
      ['forRoot', (options: object) => JwksVerifierModule.forRoot(options as JwksVerifierOptions)],
      [
        'forRootAsync',
        (options: object) => JwksVerifierModule.forRootAsync({ useFactory: () => options as never }),
      ],
    ])('%s of a verifier hands on what a class gives', async (_, module) => {
      const issuer = await createSessionManager({
        ...PARTIES,
        strategy: 'jwt',
        signing: { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey },
        apiTokenStore: new MemoryApiTokenStore(),
        logger,
      });
      class VerifierConfig {
        readonly #names = new Map([['alice', 'Alice']]);
        readonly issuer = PARTIES.issuer;
        get audience() {
          return PARTIES.audience;
        }
        get jwks() {
          return issuer.keys.publicKeys();
        }
        resolveUser({ username }: SessionInfo) {
          return { name: this.#names.get(username) };
        }
      }
      const token = async () => (await issuer.createSession('alice'))!.accessToken;
      expect(await answerTo(module(new VerifierConfig()), token)).toEqual({ name: 'Alice' });
    });

    it('a factory that contradicts what was told beside it is refused', async () => {
      const useFactory = () => ({ isGlobal: false }) as never;
      expect(await bootFault(SessionModule.forRootAsync({ strategy: 'token', useFactory }))).toBe(
        'isGlobal: forRootAsync was told true, its factory says false',
      );
      expect(await bootFault(JwksVerifierModule.forRootAsync({ useFactory }))).toBe(
        'isGlobal: forRootAsync was told true, its factory says false',
      );
    });
  });
});

describe('an unknown option', () => {
  it.each([
    ['sesionTimeout', 'sessionTimeout'],
    ['sessionTimeOut', 'sessionTimeout'],
    ['session_timeout', 'sessionTimeout'],
    ['max_concurrent_sessions', 'maxConcurrentSessions'],
    ['secret_key', 'secretKey'],
    ['secretkey', 'secretKey'],
    ['onlimit', 'onLimit'],
    ['absolutTimeout', 'absoluteTimeout'],
    ['resolvUser', 'resolveUser'],
    ['api_token_dir', 'apiTokenDir'],
  ])('%s names its nearest neighbour, %s', async (typed, meant) => {
    expect(await refusal({ strategy: 'jwt', logger, [typed]: 5 })).toBe(
      `${typed}: not an option of the strategy "jwt"; did you mean ${meant}?`,
    );
  });

  it.each(['timeToLive', 'cookie', 'x', '', '__proto__', 'sessionTimeout'.repeat(9)])(
    '%p has none',
    async (typed) => {
      const options = JSON.parse(JSON.stringify({ strategy: 'jwt', [`_${typed}`]: 5 })) as object;
      expect(await refusal(options)).not.toContain('did you mean');
    },
  );

  it('an own __proto__ is none of ours', async () => {
    expect(await refusal(JSON.parse('{"strategy":"jwt","__proto__":{"leeway":61}}'))).toBe(
      '__proto__: not an option of the strategy "jwt"',
    );
  });

  it('an option of another strategy is not taken for a mistyped one', async () => {
    for (const [strategy, OptionClass] of Object.entries(CLASSES)) {
      const foreign = optional.map(([, name]) => name).filter((name) => !namesIn(OptionClass).includes(name));
      for (const name of foreign) {
        expect(await refusal({ strategy, [name]: 5 })).toBe(
          `${name}: not an option of the strategy "${strategy}"`,
        );
      }
    }
  });

  it('of a verifier, of onLimit, cleanup and signing names its neighbour too', async () => {
    expect(verifierFault({ ...PARTIES, jwks: JWKS, jwksUrl: 5 })).toBe(
      'jwksUrl: not an option of a verifier; did you mean jwksUri?',
    );
    expect(await refusal({ strategy: 'jwt', onLimit: { users: 'reject' } })).toContain(
      '(users: did you mean user?), got an object',
    );
    expect(await refusal({ strategy: 'jwt', cleanup: { timezone: 'UTC' } })).toContain(
      '(timezone: did you mean timeZone?), got an object',
    );
    expect(await refusal({ strategy: 'jwt', signing: { privatekey: 'x' } })).toContain(
      'got "privatekey"; did you mean privateKey?',
    );
  });
});

describe('a wrong strategy', () => {
  it.each([
    ['JWT', 'got "JWT"; did you mean "jwt"?'],
    ['noauth', 'got "noauth"; did you mean "no-auth"?'],
    ['NO_AUTH', 'got "NO_AUTH"; did you mean "no-auth"?'],
    ['tokens', 'got "tokens"; did you mean "token"?'],
    ['basic', 'got "basic"'],
    ['j\nwt', 'got "j\\u{a}wt"; did you mean "jwt"?'],
    ['', 'got ""'],
  ])('%p is shown as it was typed', async (strategy, shown) => {
    for (const options of [strategy, { strategy }]) {
      expect(await refusal(options)).toBe(
        `strategy: expected "token", "single", "jwt" or "no-auth", ${shown}`,
      );
    }
    expect(await bootFault(SessionModule.forRoot(strategy as never))).toContain(shown);
    expect(
      await bootFault(SessionModule.forRootAsync({ strategy: strategy as 'token', useFactory: () => ({}) })),
    ).toContain(shown);
  });

  it('L1 what is longer than any strategy may be a secret, and is not shown', async () => {
    expect(await refusal('correct horse battery staple')).toContain('got a string of 28 characters');
  });
});
