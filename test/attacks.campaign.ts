import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { Live, type Family } from '../libs/session/test/attacks/attack.js';
import { CORPUS, forgeries, type Forgery, type Kind } from '../libs/session/test/attacks/corpus.js';
import { CONTRADICTED_SESSION_CLAIMS } from '../libs/session/test/attacks/impossible-claims.js';
import { prototypeMembers } from '../libs/session/test/support/prototypes.js';
import { RawClient, type RawAnswer } from './support/raw-client.js';
import type { TestApp } from './support/test-app.js';
import { testClock } from './support/test-clock.js';
import type { TestApps } from './support/use-test-apps.js';

const UNAUTHORIZED = {
  status: 401,
  body: '{"statusCode":401,"message":"Unauthorized"}',
  challenge: 'Bearer error="invalid_token"',
};

/** Node reads no more of a request's head. */
const MAX_HEAD = 16_000;

/** Where a token of each kind opens something, and whether it can be renewed. */
const OPENS: Readonly<Record<Kind, { readonly path?: string; readonly renews?: true }>> = {
  access: { path: '/auth/me' },
  api: { path: '/datasets' },
  opaque: { path: '/auth/me', renews: true },
  refresh: { renews: true },
};

/**
 * Presents the forgeries of a live token, before it is used and after: each family's first, and of the others one in
 * `oneIn`.
 */
export async function attack(apps: TestApps, kind: Kind, { oneIn }: { oneIn: number }): Promise<void> {
  const clock = testClock();
  const strategy = kind === 'opaque' ? 'token' : 'jwt';
  const app = await apps.open({ strategy, session: { clock, maxConcurrentSessions: Infinity } });
  const live = await liveToken(app, kind);
  clock.advance(60);
  const made = CORPUS[kind].flatMap((family) => forgeries([family], live).filter((_, n) => n % oneIn === 0));
  const client = new RawClient(app.url);
  const members = prototypeMembers();
  try {
    for (let round = 0; round < 2; round++) {
      const presented = round === 0 ? made : made.filter(({ family }) => !isMootAfterUse(kind, family));
      expect(await faultsOf(client, kind, live, presented)).toEqual([]);
      expect((await use(client, kind, live.token)).status).toBe(200);
    }
  } finally {
    client.close();
  }
  expect(prototypeMembers()).toEqual(members);
}

/**
 * A refresh token that was used is of an earlier generation, whose times no record holds any more; in the window of
 * grace these go by the signature alone.
 */
function isMootAfterUse(kind: Kind, family: Family): boolean {
  return kind === 'refresh' && CONTRADICTED_SESSION_CLAIMS.includes(family);
}

/** What was answered otherwise than it must be, by the names of the forgeries. */
async function faultsOf(
  client: RawClient,
  kind: Kind,
  live: Live,
  made: readonly Forgery[],
): Promise<unknown[]> {
  const faults: unknown[] = [];
  const { path, renews } = OPENS[kind];
  const judge = ({ name }: Forgery, expected: object, answer: RawAnswer) => {
    const { status, body, headers } = answer;
    // A server that closes while a head is still being sent may lose its answer to that.
    if (status === 0 && 'status' in expected && expected.status === 431) return;
    const given = { status, body, challenge: headers.get('www-authenticate') };
    const wanted = { ...given, ...expected };
    if (JSON.stringify(given) !== JSON.stringify(wanted)) faults.push({ name, ...given });
  };
  for (const forgery of made) {
    const { token } = forgery;
    if (path !== undefined && isCarried(token, live))
      judge(forgery, answerToHeader(token), await get(client, path, token));
    if (renews && !forgery.family.renews) judge(forgery, answerToBody(token), await refresh(client, token));
  }
  return faults;
}

/**
 * Whether a header can carry the forgery as such. A line break ends the field, and blanks around its value are no part
 * of it (RFC 9110 §5.5), nor are those behind the scheme.
 */
function isCarried(token: string, live: Live): boolean {
  return !/[\r\n]/.test(token) && token.replace(/^ +|[ \t]+$/g, '') !== live.token;
}

/** What comes of a token in a header: what is no header at all, or too long a head, Node refuses before anyone sees it. */
function answerToHeader(token: string): object {
  // eslint-disable-next-line no-control-regex -- control characters are the subject
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(token)) return { status: 400, challenge: undefined };
  if (Buffer.byteLength(token) > MAX_HEAD) return { status: 431, challenge: undefined };
  return UNAUTHORIZED;
}

/** What comes of a token in a body: it must not be empty, and no body is longer than 64 KiB. */
function answerToBody(token: string): object {
  if (token === '') return { status: 400 };
  if (Buffer.byteLength(token) > 64 * 1024) return { status: 413 };
  return UNAUTHORIZED;
}

function get(client: RawClient, path: string, token: string): Promise<RawAnswer> {
  return client.send({ method: 'GET', path, headers: [['Authorization', `Bearer ${token}`]] });
}

function refresh(client: RawClient, token: string): Promise<RawAnswer> {
  return client.send({
    method: 'POST',
    path: '/auth/refresh',
    headers: [['Content-Type', 'application/json']],
    body: JSON.stringify({ refresh_token: token }),
  });
}

/** Uses the live token. A refresh token used again within the window of grace gets the same successor. */
function use(client: RawClient, kind: Kind, token: string): Promise<RawAnswer> {
  const { path } = OPENS[kind];
  return path === undefined ? refresh(client, token) : get(client, path, token);
}

/** Alice's token of the third generation, or her API token, and bob's for comparison. */
async function liveToken(app: TestApp, kind: Kind): Promise<Live> {
  const key = await readFile(join(app.dataDir, 'secret.key'));
  return new Live(await tokenOf(app, 'alice', kind), await tokenOf(app, 'bob', kind), key);
}

async function tokenOf(app: TestApp, username: string, kind: Kind): Promise<string> {
  let tokens = await app.login(username);
  if (kind === 'api') return (await app.createApiToken(tokens.access_token)).api_token;
  for (let count = 0; count < 2; count++) {
    tokens = await app.refresh(tokens.refresh_token ?? tokens.access_token);
  }
  return kind === 'refresh' ? tokens.refresh_token : tokens.access_token;
}
