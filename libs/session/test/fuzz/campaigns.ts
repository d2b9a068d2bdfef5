import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { HttpException, type ExecutionContext } from '@nestjs/common';
import fc from 'fast-check';
import type { ApiTokenOptions } from '../../src/core/api-token.js';
import { grants, type DatasetPermissions } from '../../src/core/datasets.js';
import { InvalidExpirationError, InvalidInputError } from '../../src/core/errors.js';
import { Permission, parsePermission } from '../../src/core/permission.js';
import type { SessionDetails } from '../../src/core/session.js';
import { TokenType } from '../../src/core/token-type.js';
import type { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import type { SessionManager } from '../../src/managers/session.manager.js';
import { AcceptTokens } from '../../src/nest/rules/route-access.decorators.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { carriedSession } from '../../src/nest/contexts/request-session.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { formatEntry, parseEntry } from '../../src/stores/file/api-token-line.js';
import { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { manualClock } from '../../src/testing/manual-clock.js';
import { Live } from '../attacks/attack.js';
import { isForeseen } from '../support/foreseen.js';
import { jwtManager, opaqueManager } from '../support/managers.js';
import { HOUR, signedBy, START, TokenFolder, tokenOf } from '../stores/token-folder.js';
import { keyBytes } from '../tokens/fixtures.js';
import { anyToken, type FuzzedToken } from './forgeries.js';
import { anyJson, anyStep, anySteps, anyText } from './texts.js';
import { secretsOf, Watch } from './watch.js';

/** How many inputs a campaign takes, and the course of it. */
export interface Extent {
  readonly runs: number;
  readonly seed: number;
}

/** What a campaign has seen. */
export interface Tally {
  readonly inputs: number;
  /** Of these, how many were good: without some, nothing would reach what lies behind the first check. */
  readonly accepted: number;
}

const KEY = keyBytes('k');

/** Any Authorization header, before a guard of either strategy. */
export async function fuzzAuthorization(strategy: 'jwt' | 'token', extent: Extent): Promise<Tally> {
  const { manager, lives } = await managerWithTokens(strategy);
  const watch = new Watch(
    secretsOf(
      lives.map(({ token }) => token),
      KEY,
    ),
  );
  const guard = new SessionGuard(manager, new BearerTransport(), { logger: watch.logger });
  let accepted = 0;
  const scheme = fc.oneof(
    { weight: 8, arbitrary: fc.constant('Bearer ') },
    {
      weight: 2,
      arbitrary: fc.constantFrom('bearer ', 'BEARER   ', 'Bearer', 'Bearer\t', 'Basic ', '', ' Bearer '),
    },
    { weight: 1, arbitrary: anyText },
  );
  await check(
    fc.asyncProperty(scheme, anyToken, fc.nat(20), async (prefix, fuzzed, doubled) => {
      const { token, live } = tokenFrom(fuzzed, lives);
      const authorization = prefix + token;
      const copies = doubled === 0 ? 2 : 1;
      const rawHeaders = Array.from({ length: copies }, () => ['authorization', authorization]).flat();
      const request = { headers: { authorization }, rawHeaders };
      const challenges: string[] = [];
      const refused = await rejection(guard.canActivate(contextOf(request, challenges)));
      if (refused === undefined) {
        accepted += 1;
        if (!fuzzed.sealed && !authorization.endsWith(live.token))
          throw new Error(`accepted: ${authorization}`);
        expect(['alice', 'bob']).toContain(carriedSession(request)?.session.username);
        return;
      }
      const error = refused as HttpException;
      if (copies > 1) {
        if (error.getStatus() === 400 && error.cause instanceof InvalidInputError) return;
        throw error;
      }
      if (!(error instanceof HttpException && isForeseen(error.cause))) throw error;
      expect([error.getResponse(), challenges.length]).toEqual([
        { statusCode: 401, message: 'Unauthorized' },
        1,
      ]);
    }),
    extent,
  );
  watch.expectClean();
  expect(watch.entries).toBeGreaterThan(0);
  return { inputs: extent.runs, accepted };
}

/** Anything in the place of a refresh token. */
export async function fuzzRefresh(strategy: 'jwt' | 'token', extent: Extent): Promise<Tally> {
  const watch = new Watch(secretsOf([], KEY));
  const { manager, lives } = await managerWithTokens(strategy, {
    logger: watch.logger,
    onLimit: 'evict-oldest',
    existingSession: 'new',
    ...(strategy === 'jwt' && { onRefreshReuse: 'reject' }),
  });
  let accepted = 0;
  const given = fc.oneof(
    { weight: 4, arbitrary: anyToken },
    { weight: 1, arbitrary: anyJson.map((value) => ({ of: 0, value })) },
  );
  await check(
    fc.asyncProperty(given, async (fuzzed) => {
      const presented = 'forge' in fuzzed ? tokenFrom(fuzzed, lives).token : fuzzed.value;
      const refused = await rejection(manager.refreshSession(presented as string));
      if (refused === undefined) {
        accepted += 1;
        // What was replaced, or carried on by many generations, is nothing live to forge from.
        lives[fuzzed.of % lives.length] = await newLive(manager);
      } else if (!isForeseen(refused)) throw refused as Error;
    }),
    extent,
  );
  watch.expectClean();
  return { inputs: extent.runs, accepted };
}

/** Alice's token to be renewed, of a session of its own. */
async function newLive(manager: SessionManager): Promise<Live> {
  const [own, other] = [(await manager.createSession('alice'))!, (await manager.createSession('bob'))!];
  return new Live(own.refreshToken ?? own.accessToken, other.refreshToken ?? other.accessToken, KEY);
}

/** Anything as the username and the details of a login. */
export async function fuzzLogin(extent: Extent): Promise<Tally> {
  const watch = new Watch(secretsOf([], KEY));
  const manager = await jwtManager({
    secretKey: KEY,
    logger: watch.logger,
    maxConcurrentSessions: 1000,
    onLimit: 'evict-oldest',
  });
  let accepted = 0;
  const details = fc.oneof(fc.constant(undefined), anyJson, fc.record({ ip: anyText, userAgent: anyText }));
  await check(
    fc.asyncProperty(fc.oneof(anyText, anyJson), details, async (username, described) => {
      const refused = await rejection(
        manager.createSession(username as string, described as SessionDetails).then(async (tokens) => {
          accepted += 1;
          expect((await manager.validateSession(tokens!.accessToken)).username).toBe(username);
          expect(username).toMatch(/^[^\p{Cc}\p{Cs}]{1,256}$/u);
        }),
      );
      if (refused !== undefined && !(refused instanceof InvalidInputError)) throw refused as Error;
    }),
    extent,
  );
  watch.expectClean();
  return { inputs: extent.runs, accepted };
}

/** Any names and rights of datasets, asked for, signed, read back and looked up. */
export async function fuzzDatasets(extent: Extent): Promise<Tally> {
  const watch = new Watch(secretsOf([], KEY));
  const manager = await jwtManager({ secretKey: KEY, logger: watch.logger });
  let accepted = 0;
  const name = fc.oneof(anyText, fc.constantFrom('demo', 'plants', 'a b', 'ä', '__proto__', 'a/READ;b'));
  const rights = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(fc.constantFrom('read', 'WRITE', 'Permission.DELETE', ' Create '), {
        maxLength: 3,
      }),
    },
    { weight: 1, arbitrary: anyJson },
  );
  const datasets = fc.oneof(
    { weight: 5, arbitrary: fc.array(fc.tuple(name, rights), { maxLength: 4 }).map(Object.fromEntries) },
    { weight: 1, arbitrary: anyJson },
  );
  const others = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record({ label: anyJson, expiration: anyJson }, { requiredKeys: [] }) },
  );
  await check(
    fc.asyncProperty(datasets, name, others, async (given, asked, other) => {
      const options = { ...other, datasets: given } as ApiTokenOptions;
      const refused = await rejection(
        manager.createApiToken('alice', options).then(async ({ token }) => {
          accepted += 1;
          expectRights((await readRights(manager, token))!, given as DatasetPermissions, asked);
        }),
      );
      if (refused === undefined || refused instanceof InvalidInputError) return;
      if (!(refused instanceof InvalidExpirationError)) throw refused as Error;
    }),
    extent,
  );
  watch.expectClean();
  return { inputs: extent.runs, accepted };
}

/**
 * Any line in the file of API tokens: what no checksum vouches for names no owner, revokes nothing and cuts off nobody,
 * and a line of ours that is torn says nothing at all.
 */
export async function fuzzLines(extent: Extent): Promise<Tally> {
  const watch = new Watch([]);
  let accepted = 0;
  await check(
    fc.asyncProperty(anyLine, async ({ line, step }) => {
      // What is read as UTF-8 has no half of a pair.
      const changed = step(line).replace(/\p{Cs}/gu, '');
      const entry = parseEntry(changed);
      if (entry === undefined) return;
      accepted += 1;
      const vouched = entry.kind !== 'registered' || entry.record.username !== undefined;
      const torn = changed !== line && line.startsWith(changed) && line.includes(' sum=');
      if (torn || (vouched && changed !== line))
        throw new Error(`took ${JSON.stringify(changed)} for genuine`);
      expect(formatEntry(entry)).toContain(entry.kind === 'registered' ? entry.record.jti : '');
    }),
    extent,
  );
  watch.expectClean();
  return { inputs: extent.runs, accepted };
}

const LINES_OF_A_FILE = 500;

/** Whole files, good lines among all others: what is good stays so, what is revoked too, and no line is logged. */
export async function fuzzFiles({ runs, seed }: Extent): Promise<Tally> {
  const tokens = new TokenFolder();
  const marker = 'xyzzy-plugh';
  const watch = new Watch([marker]);
  const foreign = fc.oneof(
    anyLine.map(({ line, step }) => Buffer.from(step(line))),
    anyText.map((text) => Buffer.from(`${marker}${text}`)),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  );
  const good = ['a', 'b', 'c', 'd'].map((jti) =>
    formatEntry({ kind: 'registered', record: tokenOf('carol', jti) }),
  );
  const revoked = formatEntry({ kind: 'revoked', jti: 'd', at: START });
  let files = 0;
  try {
    await check(
      fc.asyncProperty(
        fc.array(foreign, { minLength: LINES_OF_A_FILE, maxLength: LINES_OF_A_FILE, size: 'max' }),
        fc.constantFrom('\n', '\r\n'),
        async (lines, end) => {
          files += 1;
          const mixed = [...lines];
          for (const [index, line] of [...good, revoked].entries())
            mixed.splice(index * 90, 0, Buffer.from(line));
          writeFileSync(tokens.path, Buffer.concat(mixed.flatMap((line) => [line, Buffer.from(end)])), {
            mode: 0o600,
          });
          const store = new FileApiTokenStore(tokens.folder, { logger: watch.logger });
          for (const jti of ['a', 'b', 'c']) {
            expect(await store.access(jti, signedBy('carol'), START + 1)).toMatchObject({
              jti,
              username: 'carol',
            });
          }
          expect(await store.access('d', signedBy('carol'), START + 1)).toBeUndefined();
          await store.put(tokenOf('carol', 'e'), START);
          expect(await store.access('e', signedBy('carol'), START + HOUR - 1)).toBeDefined();
          await store.close();
          expect(readFileSync(tokens.path).subarray(-1).toString()).toBe('\n');
        },
      ),
      { runs: Math.ceil(runs / LINES_OF_A_FILE), seed },
    );
  } finally {
    tokens.dispose();
  }
  watch.expectClean();
  expect(watch.entries).toBeGreaterThan(0);
  return { inputs: files * LINES_OF_A_FILE, accepted: files * good.length };
}

const anyField = fc
  .tuple(fc.constantFrom('', 'owner=', 'issued=', 'label=', 'cut-off='), anyText)
  .map(([name, value]) => name + value);

/** A line as the store or plantdb writes it, or none of them, and what becomes of it. */
const anyLine = fc.record({
  line: fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .record({ jti: fc.constantFrom('x', 'y', 'AAECAwQFBgcICQoLDA0ODw'), label: anyText })
        .map(({ jti, label }) =>
          formatEntry({
            kind: 'registered',
            record: tokenOf('mallory', jti, { label: label.replace(/\p{Cs}/gu, '') }),
          }),
        ),
    },
    { weight: 1, arbitrary: fc.constant(formatEntry({ kind: 'revoked', jti: 'x', at: START })) },
    { weight: 1, arbitrary: fc.constant(formatEntry({ kind: 'cut-off', username: 'mallory', at: START })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom('x', '-'), fc.array(anyField, { maxLength: 4 }))
        .map(([jti, fields]) => withChecksum([jti, '2026-01-01T12:00:00.000+00:00', ...fields].join(' '))),
    },
    { weight: 1, arbitrary: fc.constant('0af1b2c3 2030-01-01T12:00:00.000001') },
    { weight: 1, arbitrary: anyText },
  ),
  step: fc.oneof(
    { weight: 5, arbitrary: anyStep },
    { weight: 2, arbitrary: anySteps },
    { weight: 1, arbitrary: fc.constant((text: string) => text) },
  ),
});

/** A line of ours as to its checksum, whatever it says. */
function withChecksum(fields: string): string {
  const text = fields.replace(/\p{Cs}/gu, '');
  return `${text} sum=${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

async function managerWithTokens(
  strategy: 'jwt' | 'token',
  options: object = {},
): Promise<{ manager: SessionManager; lives: Live[] }> {
  const common = { secretKey: KEY, clock: manualClock(), maxConcurrentSessions: 100, ...options };
  const manager = await (strategy === 'jwt' ? jwtManager(common) : opaqueManager(common));
  const alice = (await manager.createSession('alice'))!;
  const bob = (await manager.createSession('bob'))!;
  const lives = [
    new Live(alice.accessToken, bob.accessToken, KEY),
    new Live(bob.accessToken, alice.accessToken, KEY),
  ];
  if (strategy === 'token') return { manager, lives };
  const api = (await manager.createApiToken('alice', { datasets: { demo: [Permission.Read] } })).token;
  const other = (await manager.createApiToken('bob')).token;
  return {
    manager,
    lives: [...lives, new Live(alice.refreshToken!, bob.refreshToken!, KEY), new Live(api, other, KEY)],
  };
}

function tokenFrom({ of, forge }: FuzzedToken, lives: readonly Live[]): { token: string; live: Live } {
  const live = lives[of % lives.length]!;
  return { token: forge(live), live };
}

@AcceptTokens(TokenType.Access, TokenType.Api)
class Route {}
const handler = () => undefined;

/** What Nest hands to a guard. */
function contextOf(request: object, challenges: string[]): ExecutionContext {
  const response = { header: (_name: string, value: string) => challenges.push(value) };
  return {
    getType: () => 'http',
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
    getHandler: () => handler,
    getClass: () => Route,
  } as unknown as ExecutionContext;
}

async function readRights(
  manager: JwtSessionManager,
  token: string,
): Promise<DatasetPermissions | undefined> {
  const session = await manager.validateSession(token);
  return session.type === TokenType.Api ? session.datasets : undefined;
}

function expectRights(read: DatasetPermissions, given: DatasetPermissions, asked: string): void {
  expect(Object.getPrototypeOf(read)).toBeNull();
  expect(Object.keys(read)).toEqual(Object.keys(given));
  for (const [name, rights] of Object.entries(given)) {
    expect(read[name]).toEqual([...new Set(rights.map(parsePermission))]);
  }
  for (const permission of Object.values(Permission)) {
    if (grants(read, asked, permission)) expect(Object.keys(given)).toContain(asked);
  }
}

/** What a promise is rejected with, or `undefined`. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error ?? new Error('rejected with nothing'),
  );
}

async function check<T>(property: fc.IAsyncPropertyWithHooks<T>, { runs, seed }: Extent): Promise<void> {
  await fc.assert(property, { numRuns: runs, seed });
}
