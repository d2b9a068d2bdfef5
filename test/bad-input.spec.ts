import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type request from 'supertest';
import { ADAPTERS } from './support/adapters.js';
import { statusOf, statusOfPath } from './support/raw-request.js';
import { pathOf, ROUTES, type Route } from './support/routes.js';
import { useTestApp } from './support/use-test-apps.js';

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
    ['a member toString', '{"toString":1}', 'application/json', 400],
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

/** Without the type that is none: that is Fastify's own 415, before anything of ours. */
const WELL_TYPED = BAD_BODIES.filter(([, , type]) => type !== ';;;');

const LOGIN = { username: 'alice', password: 'x' };

/** Bodies of the wrong shape, by route, and what the refusal names. */
const BAD_MEMBERS: Readonly<Record<string, readonly (readonly [culprit: string, body: object])[]>> = {
  '/auth/login': [
    ['username', {}],
    ['password', { username: 'alice' }],
    ['username', { password: 'x' }],
    ...wrong('username', [null, 1, true, [], {}, ['alice'], '', 'x'.repeat(257)], LOGIN),
    ...wrong('password', [null, 1, true, [], {}, '', 'x'.repeat(1025)], LOGIN),
    ...wrong('role', ['admin'], LOGIN),
  ],
  '/auth/refresh': [
    ['refresh_token', {}],
    ...wrong('refresh_token', [null, 1, true, [], {}, '']),
    ...wrong('access_token', ['x'], { refresh_token: 'x' }),
  ],
  '/auth/api-tokens': [
    ...wrong('expiration', [
      null,
      true,
      [],
      {},
      '',
      'tomorrow',
      '2030-01-01T00:00:00',
      '2001-01-01T00:00:00Z',
    ]),
    ...wrong('expiration', [0, -1, 1.5, 1e12]),
    ...wrong('datasets', [null, true, 1, 'demo', [], ['demo']]),
    ...wrong(
      'datasets',
      [null, 'read', 1, {}, [null], [1], [['read']], ['fly']].map((demo) => ({ demo })),
    ),
    ...wrong(
      'datasets',
      ['', 'a/b', 'a;b', 'a\n', 'x'.repeat(257)].map((name) => ({ [name]: ['read'] })),
    ),
    ...wrong('datasets', [
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`dataset-${i}`, ['read']])),
    ]),
    ['toString', { datasets: { toString: ['read'] } }],
    ...wrong('label', [null, 1, true, [], {}, '', 'a\nb', 'x'.repeat(257)]),
    ...wrong('username', ['bob']),
  ],
};

const JSON_ROUTES = ROUTES.filter(({ takes }) => takes === 'json');

describe.each(ADAPTERS)('Bad input on %s', (_, makeAdapter) => {
  const theApp = useTestApp(makeAdapter);

  /** A function that sends a body somewhere as alice. */
  async function sender() {
    const app = theApp();
    const { access_token } = await app.login();
    return (route: Route, body: string | Buffer, type: string, encoding?: string) =>
      withBody(app.send(route.method, pathOf(route, 'demo'), access_token), body, type, encoding);
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
      await send(route, gzipSync(JSON.stringify(LOGIN)), 'application/json', 'gzip').expect(415);
    }
  });

  it.each(Object.entries(BAD_MEMBERS))(
    'is refused with the name of the member: %s',
    async (template, bodies) => {
      const send = await sender();
      const route = ROUTES.find((known) => known.method === 'post' && known.template === template)!;
      for (const [culprit, body] of bodies) {
        const { status, body: answer } = await send(route, JSON.stringify(body), 'application/json');
        expect([JSON.stringify(body), status]).toEqual([JSON.stringify(body), 400]);
        expect(String(answer.message)).toContain(culprit);
      }
    },
  );

  it('does not matter where no body is taken', async () => {
    const send = await sender();
    for (const [, body, type] of WELL_TYPED) {
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
    const app = theApp();
    for (const route of ROUTES.filter(({ isPublic }) => !isPublic)) {
      for (const [, body, type] of WELL_TYPED) {
        const { status } = await withBody(app.send(route.method, pathOf(route, 'demo')), body, type);
        expect([route.template, status]).toEqual([route.template, 401]);
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

  it.each(
    [
      '%',
      '%E0%A4%A',
      '%00',
      '%0d%0a',
      'x'.repeat(2000),
      '__proto__',
      'constructor',
      '%F0%9F%92%A9',
      '%2e%2e',
    ].map((parameter) => [parameter.slice(0, 20), parameter] as const),
  )('is no error of ours in a path: %s', async (_name, parameter) => {
    const app = theApp();
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
    const app = theApp();
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
    const app = theApp();
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

/** One body for each value, otherwise good, and the member that is wrong in it. */
function wrong(member: string, values: readonly unknown[], good: object = {}): [string, object][] {
  return values.map((value) => [member, { ...good, [member]: value }]);
}

/** With a length on it: Node frames no body for methods that rarely have one. */
function withBody(
  sent: request.Test,
  body: string | Buffer,
  type: string,
  encoding = 'identity',
): request.Test {
  sent.set({
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Encoding': encoding,
  });
  if (body.length > 0) sent.write(body);
  return sent;
}
