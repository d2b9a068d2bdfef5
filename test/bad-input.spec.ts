import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ADAPTERS } from './support/adapters.js';
import { statusOf, statusOfPath } from './support/raw-request.js';
import { pathOf, ROUTES, type Route } from './support/routes.js';
import type { TestApp } from './support/test-app.js';
import { useTestApps } from './support/use-test-apps.js';

const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;

/** What no route that takes JSON accepts: its name, the bytes, the content type, the answer. */
const BAD_BODIES: readonly (readonly [name: string, body: string | Buffer, type: string, status: number])[] =
  [
    ['malformed JSON', '{"username":', 'application/json', 400],
    ['an array', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['a string', '"x"', 'application/json', 400],
    ['a number', '7', 'application/json', 400],
    ['text that is not UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), 'application/json', 400],
    ['an unknown member', '{"unknown":1}', 'application/json', 400],
    ['a member __proto__', '{"__proto__":{"username":"alice"}}', 'application/json', 400],
    ['a member constructor', '{"constructor":{"prototype":{"x":1}}}', 'application/json', 400],
    ['a nested __proto__', '{"datasets":{"__proto__":["read"]}}', 'application/json', 400],
    ['deep nesting', nested(20), 'application/json', 400],
    ['very deep nesting', nested(30_000), 'application/json', 400],
    ['a huge body', JSON.stringify({ username: 'x'.repeat(100_000) }), 'application/json', 413],
    ['a form', 'username=alice&password=x', 'application/x-www-form-urlencoded', 415],
    ['plain text', '{"username":"alice"}', 'text/plain', 415],
    ['no JSON but nearly', '{}', 'application/jsonx', 415],
    ['an odd content type', '{}', ';;;', 415],
  ];

const LOGIN = { username: 'alice', password: 'x' };

/** Bodies of the wrong shape, by route. */
const BAD_MEMBERS: Readonly<Record<string, readonly object[]>> = {
  '/auth/login': [
    {},
    { username: 'alice' },
    { password: 'x' },
    ...[null, 1, true, [], {}, ['alice'], '', 'x'.repeat(257)].map((username) => ({ ...LOGIN, username })),
    ...[null, 1, true, [], {}, '', 'x'.repeat(1025)].map((password) => ({ ...LOGIN, password })),
    { ...LOGIN, role: 'admin' },
  ],
  '/auth/refresh': [
    {},
    ...[null, 1, true, [], {}, ''].map((refresh_token) => ({ refresh_token })),
    { refresh_token: 'x', access_token: 'x' },
  ],
  '/auth/api-tokens': [
    ...[
      null,
      true,
      [],
      {},
      '',
      'tomorrow',
      '2030-01-01T00:00:00',
      '2001-01-01T00:00:00Z',
      0,
      -1,
      1.5,
      1e12,
    ].map((expiration) => ({ expiration })),
    ...[null, true, 1, 'demo', [], ['demo']].map((datasets) => ({ datasets })),
    ...[null, 'read', 1, {}, [null], [1], [['read']], ['fly']].map((rights) => ({
      datasets: { demo: rights },
    })),
    ...['', 'a/b', 'a;b', 'a\n', 'toString', 'x'.repeat(257)].map((name) => ({
      datasets: { [name]: ['read'] },
    })),
    ...[null, 1, true, [], {}, '', 'a\nb', 'x'.repeat(257)].map((label) => ({ label })),
    { username: 'bob' },
    { datasets: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`dataset-${i}`, ['read']])) },
  ],
};

const JSON_ROUTES = ROUTES.filter(({ takes }) => takes === 'json');

describe.each(ADAPTERS)('Bad input on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  /** An application and a function that sends a body somewhere as alice. */
  async function sender() {
    const app = await apps.open();
    const { access_token } = await app.login();
    return (route: Route, body: string | Buffer, type: string) => {
      const sent = app.send(route.method, pathOf(route, 'demo'), access_token).set('Content-Type', type);
      if (body.length > 0) sent.write(body);
      return sent;
    };
  }

  it.each(BAD_BODIES)('is refused with a reason: %s', async (_name, body, type, status) => {
    const send = await sender();
    for (const route of JSON_ROUTES) {
      const answer = await send(route, body, type);
      expect([route.template, answer.status]).toEqual([route.template, status]);
      expect(answer.body.statusCode).toBe(status);
      expect(answer.body.message.length).toBeGreaterThan(0);
    }
  });

  it('is refused when it is compressed, since it could be far larger', async () => {
    const send = await sender();
    for (const route of JSON_ROUTES) {
      await send(route, gzipSync(JSON.stringify(LOGIN)), 'application/json')
        .set('Content-Encoding', 'gzip')
        .expect(415);
    }
  });

  it.each(Object.entries(BAD_MEMBERS))(
    'is refused with the name of the member: %s',
    async (template, bodies) => {
      const send = await sender();
      const route = ROUTES.find((known) => known.method === 'post' && known.template === template)!;
      for (const body of bodies) {
        const { status, body: answer } = await send(route, JSON.stringify(body), 'application/json');
        expect([JSON.stringify(body), status]).toEqual([JSON.stringify(body), 400]);
        const [culprit] = Object.keys(body).slice(-1);
        if (culprit !== undefined && Object.keys(body).length < 2)
          expect(String(answer.message)).toContain(culprit);
      }
    },
  );

  it('does not matter where no body is taken', async () => {
    const send = await sender();
    for (const [, body, type] of BAD_BODIES) {
      await send({ method: 'post', template: '/auth/logout', takes: 'nothing' }, body, type).expect(204);
      const { status } = await send(
        { method: 'delete', template: '/auth/sessions/{id}', takes: 'nothing' },
        body,
        type,
      );
      expect(status).toBe(401);
    }
  });

  it('is not read from who may not send it', async () => {
    const app = await apps.open();
    for (const route of ROUTES.filter(({ isPublic }) => !isPublic)) {
      for (const [, body, type] of BAD_BODIES) {
        const sent = app.send(route.method, pathOf(route, 'demo')).set('Content-Type', type);
        sent.write(body);
        expect([route.template, (await sent).status]).toEqual([route.template, 401]);
      }
    }
  });

  it('P1 pollutes no prototype', async () => {
    const send = await sender();
    for (const route of JSON_ROUTES) {
      await send(
        route,
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
        'application/json',
      );
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    '%',
    '%E0%A4%A',
    '%00',
    '%0d%0a',
    'x'.repeat(2000),
    '__proto__',
    'constructor',
    '%F0%9F%92%A9',
    '%2e%2e',
  ])('is no error of ours in a path: %.20s', async (parameter) => {
    const app = await apps.open();
    const { access_token } = await app.login();
    for (const route of ROUTES.filter(({ template }) => template.includes('{'))) {
      const status = await statusOfPath(
        app.url,
        route.method.toUpperCase(),
        pathOf(route, parameter),
        access_token,
      );
      expect([route.template, status < 500]).toEqual([route.template, true]);
    }
  });

  it('T7 is a second credential, on every route that takes one', async () => {
    const app = await apps.open();
    for (const route of ROUTES.filter(({ isPublic, template }) => !isPublic || template === '/auth/logout')) {
      const status = await statusOf(app.url + pathOf(route, 'demo'), route.method.toUpperCase(), [
        'Bearer a',
        'Bearer b',
      ]);
      expect([route.template, status]).toEqual([route.template, 400]);
    }
  });

  it('is never an error of ours, whatever JSON comes', async () => {
    const send = await sender();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...JSON_ROUTES), arbitraryBody(), async (route, body) => {
        const { status } = await send(route, JSON.stringify(body), 'application/json');
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
  });

  it('is never an error of ours, whatever bytes come', async () => {
    const send = await sender();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...JSON_ROUTES),
        fc.uint8Array({ maxLength: 200 }),
        async (route, bytes) => {
          const { status } = await send(route, Buffer.from(bytes), 'application/json');
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('leaves the application serving', async () => {
    const app: TestApp = await apps.open();
    await app
      .send('post', '/auth/login')
      .set('Content-Type', 'application/json')
      .send(nested(30_000))
      .expect(400);
    await app.login();
  });
});

/** Objects whose members are ours or not, of values of any shape. */
function arbitraryBody(): fc.Arbitrary<object> {
  const names = [
    'username',
    'password',
    'refresh_token',
    'expiration',
    'datasets',
    'label',
    '__proto__',
    'other',
  ];
  return fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string(), fc.double()),
  );
}
