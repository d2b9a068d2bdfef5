import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { Live } from '../../libs/session/test/attacks/attack.js';
import { anyToken } from '../../libs/session/test/fuzz/forgeries.js';
import { anyJson, anyStep, anyText } from '../../libs/session/test/fuzz/texts.js';
import { secretsOf, Watch } from '../../libs/session/test/fuzz/watch.js';
import { RawClient, type RawRequest } from '../support/raw-client.js';
import { pathOf, ROUTES, type Route } from '../support/routes.js';
import type { TestApp } from '../support/test-app.js';
import { passwordOf } from '../support/test-users.js';

/** How often each status was answered. */
export type Statuses = ReadonlyMap<number, number>;

const JSON_TYPE = ['Content-Type', 'application/json'] as const;
/** Ends the session that everything here is sent in. */
const ENDS_SESSIONS: readonly string[] = ['/auth/logout', '/auth/sessions'];

type AnyRequest = fc.Arbitrary<(lives: readonly Live[]) => RawRequest>;

/**
 * Any input wherever the application takes some, as a client of bad manners sends it: none is answered with an error
 * of ours, nothing secret is logged, and every entry of the log is one line.
 */
export async function fuzzHttp(
  app: TestApp,
  { runs, seed }: { runs: number; seed: number },
): Promise<Statuses> {
  const { key, lives } = await liveTokens(app);
  const tokens = lives.map(({ token }) => token);
  const watch = new Watch([...secretsOf(tokens, key), passwordOf('alice'), passwordOf('bob')]);
  const client = new RawClient(app.url);
  const statuses = new Map<number, number>();
  try {
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const sent = request(lives);
        const { status, body } = await client.send(sent);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        // 0: the server could not make out a request, or its end, and has closed.
        const wellAnswered = status === 0 || (status >= 200 && status < 500);
        if (!wellAnswered) throw new Error(`${status} ${body} to ${JSON.stringify(sent).slice(0, 2000)}`);
        for (const entry of app.logger.lines.splice(0)) watch.see(entry);
      }),
      { numRuns: runs, seed },
    );
  } finally {
    client.close();
  }
  watch.expectClean();
  expect(watch.entries).toBeGreaterThan(0);
  await app.me((await app.login()).access_token).expect(200);
  return statuses;
}

const GUARDED = ROUTES.filter(({ isPublic }) => !isPublic);
const TAKE_NAMES = ROUTES.filter(({ template }) => template.includes('{'));

const anyAuthorization: AnyRequest = fc
  .tuple(
    fc.constantFrom(...GUARDED.filter(({ template }) => !ENDS_SESSIONS.includes(template))),
    fc.oneof(
      { weight: 6, arbitrary: fc.constant('Bearer ') },
      { weight: 1, arbitrary: fc.constantFrom('bearer  ', 'Basic ', 'Bearer', '') },
      { weight: 1, arbitrary: anyText },
    ),
    anyToken,
  )
  .map(([route, scheme, { of, forge }]) => (lives) => ({
    ...lineOf(route, 'demo'),
    headers: [['Authorization', scheme + forge(lives[of % lives.length]!)]],
  }));

const anyRefresh: AnyRequest = fc.oneof(
  anyToken.map(
    ({ of, forge }) =>
      (lives: readonly Live[]) =>
        posted('/auth/refresh', { refresh_token: forge(lives[of % lives.length]!) }),
  ),
  anyJson.map((refresh_token) => () => posted('/auth/refresh', { refresh_token })),
);

const anyLogin: AnyRequest = fc.oneof(
  fc
    .tuple(
      fc.oneof(fc.constant('alice'), anyText, anyJson),
      fc.oneof(fc.constant(passwordOf('alice')), anyText, anyJson),
    )
    .map(
      ([username, password]) =>
        () =>
          posted('/auth/login', { username, password }),
    ),
  anyJson.map((body) => () => posted('/auth/login', body)),
  fc.array(anyStep, { minLength: 1, maxLength: 3 }).map(
    (steps) => () =>
      spelt(
        '/auth/login',
        steps.reduce((text, step) => step(text), LOGIN),
      ),
  ),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => () => spelt('/auth/login', bytes)),
);

const LOGIN = JSON.stringify({ username: 'alice', password: 'not the password' });

const anyDatasets: AnyRequest = fc
  .record(
    {
      datasets: fc.oneof(
        fc
          .array(fc.tuple(anyText, fc.constantFrom(['read'], ['write', 'READ'], [])), { maxLength: 3 })
          .map(Object.fromEntries),
        anyJson,
      ),
      label: fc.oneof(anyText, anyJson),
      expiration: fc.oneof(fc.integer({ min: -1, max: 1e6 }), anyJson),
    },
    { requiredKeys: ['datasets'] },
  )
  .map((body) => (lives) => authorised(lives[0]!, posted('/auth/api-tokens', body)));

/** Names in a path, percent-encoded or as they are. */
const anyName: AnyRequest = fc
  .tuple(fc.constantFrom(...TAKE_NAMES), anyText, fc.boolean(), fc.constantFrom(0, 2))
  .map(([route, name, encoded, credential]) => (lives) => {
    const text = encoded ? encodeURIComponent(name.replace(/\p{Cs}/gu, '?')) : name;
    return authorised(lives[credential]!, lineOf(route, text));
  });

const anyRequest: AnyRequest = fc.oneof(
  { weight: 6, arbitrary: anyAuthorization },
  { weight: 5, arbitrary: anyRefresh },
  { weight: 4, arbitrary: anyLogin },
  { weight: 3, arbitrary: anyDatasets },
  { weight: 3, arbitrary: anyName },
);

function lineOf(route: Route, parameter: string): RawRequest {
  return { method: route.method.toUpperCase(), path: pathOf(route, parameter) };
}

function posted(path: string, body: unknown): RawRequest {
  return spelt(path, JSON.stringify(body));
}

function spelt(path: string, body: string | Uint8Array): RawRequest {
  return { method: 'POST', path, headers: [JSON_TYPE], body };
}

function authorised({ token }: Live, request: RawRequest): RawRequest {
  return {
    ...request,
    headers: [...(request.headers ?? []), ['Authorization', `Bearer ${token}`]],
  };
}

/** Alice's access token, a refresh token of another session of hers, and an API token that may read one dataset. */
async function liveTokens(app: TestApp): Promise<{ key: Uint8Array; lives: readonly Live[] }> {
  const key = await readFile(join(app.dataDir, 'secret.key'));
  const [alice, renewing, bob] = [await app.login(), await app.login(), await app.login('bob')];
  const api = await app.createApiToken(alice.access_token, { datasets: { demo: ['read'] } });
  const other = await app.createApiToken(bob.access_token);
  return {
    key,
    lives: [
      new Live(alice.access_token, bob.access_token, key),
      new Live(renewing.refresh_token, bob.refresh_token, key),
      new Live(api.api_token, other.api_token, key),
    ],
  };
}
