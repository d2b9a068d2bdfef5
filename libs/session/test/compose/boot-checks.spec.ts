import { afterEach, describe, expect, it } from '@jest/globals';
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECK_NAMES, type CheckName } from '../../src/compose/boot-checks.js';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { createSessionVerifier } from '../../src/compose/create-session-verifier.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemorySessionStore } from '../../src/stores/memory/memory-session.store.js';
import { keyPair } from '../support/key-pairs.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { inProduction } from '../support/production.js';

class SharedStore extends MemorySessionStore {
  override readonly shared = true as never;
}

/** What is silent in production, under each strategy. */
const TOKEN = { strategy: 'token', secretKey: randomBytes(64), maxConcurrentSessions: 5 };
const JWT = {
  ...TOKEN,
  strategy: 'jwt',
  issuer: 'us',
  apiTokenStore: new MemoryApiTokenStore(),
};
const SIGNED = { signing: { algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey } };

interface Case {
  readonly name: CheckName;
  /** Speaks. */
  readonly found: object;
  /** Is near to it, and silent. */
  readonly near: readonly object[];
  readonly refuses?: true;
  /** Says it in production alone. */
  readonly onlyThere?: true;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: 'no-auth',
    found: { strategy: 'no-auth' },
    near: [TOKEN],
    refuses: true,
    says: /^strategy: "no-auth" makes everyone an administrator; choose another, or set allowInProduction: true/,
  },
  {
    name: 'insecure-cookie',
    found: { ...TOKEN, transport: [new BearerTransport(), new CookieTransport({ secure: false })] },
    near: [
      { ...TOKEN, transport: new CookieTransport() },
      { ...TOKEN, transport: [new BearerTransport(), new CookieTransport({ secure: true })] },
    ],
    refuses: true,
    says: /^secure: expected true, got false/,
  },
  {
    name: 'uniform-key',
    found: { ...TOKEN, secretKey: [randomBytes(64), new Uint8Array(64).fill(7)] },
    near: [
      { ...TOKEN, secretKey: [randomBytes(64), randomBytes(64)] },
      { ...TOKEN, secretKey: new Uint8Array(64).fill(7, 1) },
      { ...TOKEN, secretKey: 'x'.repeat(16) },
    ],
    refuses: true,
    says: /^secretKey: expected random bytes, got bytes that are all the same/,
  },
  {
    name: 'local-api-tokens',
    found: { ...JWT, apiTokenStore: undefined, apiTokenDir: '/dev/null/none', store: new SharedStore() },
    near: [
      { ...JWT, apiTokenStore: undefined, apiTokenDir: '/dev/null/none' },
      { ...JWT, store: new SharedStore() },
    ],
    refuses: true,
    says: /^apiTokenStore: expected one/,
  },
  {
    name: 'random-key',
    found: { strategy: 'token', maxConcurrentSessions: 5 },
    near: [TOKEN, { ...JWT, secretKey: undefined, ...SIGNED }],
    says: /^No secretKey: signing with a random one/,
  },
  {
    name: 'short-passphrase',
    found: { ...TOKEN, secretKey: 'fifteen letters' },
    near: [{ ...TOKEN, secretKey: 'sixteen letters!' }],
    says: /^secretKey: a passphrase of under 16 characters/,
  },
  {
    name: 'temporary-api-tokens',
    found: { ...JWT, apiTokenStore: undefined },
    near: [{ ...JWT, apiTokenStore: undefined, apiTokenDir: `${tmpdir()}-not` }, JWT],
    says: /^No apiTokenDir: API tokens are registered in .*, which a reboot may empty/,
  },
  {
    name: 'temporary-api-tokens',
    found: { ...JWT, apiTokenStore: undefined, apiTokenDir: join(tmpdir(), 'none', 'such') },
    near: [],
    onlyThere: true,
    says: /^apiTokenDir: API tokens are registered in /,
  },
  {
    name: 'default-limit',
    found: { ...TOKEN, maxConcurrentSessions: undefined, maxSessionsPerUser: Infinity },
    near: [
      { ...TOKEN, maxConcurrentSessions: undefined, maxSessionsPerUser: 3 },
      { ...TOKEN, maxConcurrentSessions: undefined, maxSessionsPerUser: () => 3 },
      { ...TOKEN, strategy: 'single', maxConcurrentSessions: undefined },
    ],
    onlyThere: true,
    says: /^No maxConcurrentSessions: 10 sessions over all users is the default/,
  },
  {
    name: 'default-issuer',
    found: { ...JWT, issuer: undefined },
    near: [JWT],
    onlyThere: true,
    says: /^No issuer: tokens say "iss": "plantdb-api"/,
  },
];

/** What a boot says, and whether it is refused. */
async function boot(options: object): Promise<{ said: string[]; refused: boolean }> {
  const logger = new MemoryLogger();
  const given = Object.entries({ logger, ...options }).filter(([, value]) => value !== undefined);
  try {
    await createSessionManager(Object.fromEntries(given) as never);
  } catch (error) {
    return { said: [(error as Error).message], refused: true };
  }
  const warnings = logger.entries.filter((entry) => entry.startsWith('warn '));
  return { said: warnings.map((entry) => entry.slice('warn '.length)), refused: false };
}

const SILENT = { said: [], refused: false };

describe.each(CASES)('The check $name', ({ name, found, near, refuses = false, onlyThere, says }) => {
  it('speaks, and says how it is told that it is meant so', async () => {
    const { said, refused } = await inProduction(() => boot(found));
    expect(said).toEqual([expect.stringMatching(says)]);
    expect(said[0]).toContain(`(if it is meant so: checks: { except: ['${name}'] })`);
    expect(refused).toBe(refuses);
  });

  it('is silent nearby', async () => {
    for (const options of near) expect(await inProduction(() => boot(options))).toEqual(SILENT);
  });

  it('refuses nothing elsewhere, unless it is asked to', async () => {
    const { said, refused } = await boot(found);
    expect(refused).toBe(false);
    expect(said).toEqual(onlyThere ? [] : [expect.stringMatching(says)]);
    expect((await boot({ ...found, checks: { level: 'refuse' } })).refused).toBe(refuses);
  });

  it('refuses nothing in production where it is told to warn, and is silent as an exception and at level false', async () => {
    const by = (checks: object) => inProduction(() => boot({ ...found, checks }));
    expect(await by({ level: 'warn' })).toEqual({ said: [expect.stringMatching(says)], refused: false });
    expect(await by({ except: [name] })).toEqual(SILENT);
    expect(await by({ level: false })).toEqual(SILENT);
  });
});

describe('The check memory-in-cluster', () => {
  const isWorker = Object.getOwnPropertyDescriptor(cluster, 'isWorker')!;
  afterEach(() => {
    Object.defineProperty(cluster, 'isWorker', isWorker);
    delete process.env.NODE_APP_INSTANCE;
  });

  const PROCESSES: Readonly<Record<string, () => void>> = {
    'a worker of a cluster': () => Object.defineProperty(cluster, 'isWorker', { ...isWorker, value: true }),
    'an instance of pm2': () => (process.env.NODE_APP_INSTANCE = '0'),
  };

  it.each(Object.keys(PROCESSES))('speaks in %s, and is silent where the store is shared', async (kind) => {
    expect(await boot(TOKEN)).toEqual(SILENT);
    PROCESSES[kind]!();
    expect(await boot(TOKEN)).toEqual({
      said: [expect.stringMatching(/^store: this process is one of several.*'memory-in-cluster'/)],
      refused: false,
    });
    expect(await boot({ ...TOKEN, store: new SharedStore() })).toEqual(SILENT);
    expect(await boot({ strategy: 'no-auth', checks: { except: ['no-auth'] } })).toEqual(SILENT);
  });
});

it('allowInProduction is an exception from the refusal, and still told', async () => {
  const { said, refused } = await inProduction(() => boot({ strategy: 'no-auth', allowInProduction: true }));
  expect(refused).toBe(false);
  expect(said).toEqual([expect.stringMatching(/^strategy: "no-auth" makes everyone an administrator \(/)]);
});

it('a verifier is asked about its cookies, too', async () => {
  const options = {
    jwks: { keys: [{ ...keyPair('EdDSA').publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA' }] },
    issuer: 'i',
    audience: 'a',
    transport: new CookieTransport({ secure: false }),
    logger: new MemoryLogger(),
  } as never as Parameters<typeof createSessionVerifier>[0];
  await inProduction(async () => {
    expect(() => createSessionVerifier(options)).toThrow(/insecure-cookie/);
    const excepted = { ...options, checks: { except: ['insecure-cookie'] as const } };
    expect(() => createSessionVerifier(excepted)).not.toThrow();
  });
});

describe('The option checks', () => {
  const refusal = async (checks: unknown) => (await boot({ ...TOKEN, checks })).said[0];

  it('refuses names of checks that there are none of, whatever the level', async () => {
    expect(await refusal({ level: false, except: ['no-auth', 'insecure-cokie'] })).toContain(
      '(no check is named "insecure-cokie": did you mean insecure-cookie?)',
    );
    expect(await refusal({ except: ['something else'] })).toContain('(no check is named "something else")');
    expect(await refusal({ except: [5] })).toContain('is no name)');
  });

  it.each([false, 'refuse', { level: true }, { level: 'error' }, { except: 'no-auth' }, { exept: [] }, null])(
    'refuses %j',
    async (checks) => expect(await refusal(checks)).toMatch(/^checks: expected \{ level\?: /),
  );

  it('takes each name', async () => {
    expect(await boot({ ...TOKEN, checks: { except: CHECK_NAMES } })).toEqual(SILENT);
    expect(await boot({ ...TOKEN, checks: {} })).toEqual(SILENT);
  });
});
