import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AsymmetricJws } from '../../src/tokens/jws/asymmetric.js';
import { isKeySetUri, RemoteKeySet } from '../../src/tokens/jws/remote-key-set.js';
import { resolveSigning } from '../../src/tokens/keys/signing-keys.js';
import { listen } from '../support/json-server.js';
import { keyPair } from '../support/key-pairs.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { NOW, part } from './fixtures.js';

/** An issuer's keys: what it publishes, and a token of them. */
function issuer(algorithm: 'EdDSA' | 'RS256' = 'EdDSA') {
  const signing = resolveSigning({ algorithm, privateKey: keyPair(algorithm).privateKey });
  return {
    token: new AsymmetricJws(signing).sign('{}'),
    set: JSON.stringify({ keys: signing.publicKeys.map(({ jwk }) => jwk) }),
  };
}

/** A token of our shape whose kid nobody has. */
function forged(): string {
  const header = part({ alg: 'EdDSA', typ: 'JWT', kid: randomBytes(32).toString('base64url') });
  return `${header}.e30.${randomBytes(64).toString('base64url')}`;
}

/** Seconds: so many that no stall of a busy machine is an outage, and so few that who stays silent is soon given up. */
const [AMPLE, BRIEF] = [60, 0.1];

const [first, second, rsa] = [issuer(), issuer(), issuer('RS256')];
const logger = new MemoryLogger();
let now = NOW;
let fetches = 0;
let timeout = AMPLE;
let answer: RequestListener;
let server: Awaited<ReturnType<typeof listen>>;
let keys: RemoteKeySet;

const publish =
  (text: string, status = 200): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);

beforeEach(async () => {
  now = NOW;
  fetches = 0;
  timeout = AMPLE;
  logger.entries.length = 0;
  answer = publish(first.set);
  server = await listen((request, response) => {
    fetches += 1;
    answer(request, response);
  });
  keys = new RemoteKeySet(`${server.url}/jwks.json`, {
    refreshAfter: 300,
    cooldown: 30,
    get timeout() {
      return timeout;
    },
    clock: () => now,
    logger,
  });
});

afterEach(() => server.close());

/** What becomes of a token: its payload, or the code of its refusal. */
async function outcome(token: string): Promise<string> {
  try {
    await keys.prepare(token);
    return keys.verify(token);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the keys of an issuer', () => {
  it('are fetched when the first token needs them, and once', async () => {
    expect(fetches).toBe(0);
    expect(await Promise.all(Array.from({ length: 50 }, () => outcome(first.token)))).toEqual(
      Array.from({ length: 50 }, () => 'e30'),
    );
    expect(await outcome(first.token)).toBe('e30');
    expect(keys.prepare(first.token)).toBeUndefined();
    expect(fetches).toBe(1);
  });

  it('are asked for as a JWK Set (RFC 7517 §8.5.2)', async () => {
    let accepted: string | undefined;
    answer = (request, response) => {
      accepted = request.headers.accept;
      publish(first.set)(request, response);
    };
    await outcome(first.token);
    expect(accepted).toBe('application/jwk-set+json, application/json');
  });

  it('may come in 64 KiB, to the byte', async () => {
    answer = publish(first.set.padEnd(65_536));
    expect(await outcome(first.token)).toBe('e30');
  });

  it('of both algorithms serve side by side', async () => {
    const both = [first.set, rsa.set].flatMap((set) => (JSON.parse(set) as { keys: unknown[] }).keys);
    answer = publish(JSON.stringify({ keys: both }));
    expect([await outcome(first.token), await outcome(rsa.token)]).toEqual(['e30', 'e30']);
  });

  it('are fetched anew for a kid that is not among them, once the cooldown is over', async () => {
    await outcome(first.token);
    answer = publish(second.set);
    expect(await outcome(second.token)).toBe('INVALID_TOKEN');
    now += 29_999;
    expect(await outcome(second.token)).toBe('INVALID_TOKEN');
    expect(fetches).toBe(1);
    now += 1;
    expect(await outcome(second.token)).toBe('e30');
    expect(fetches).toBe(2);
  });

  it('J16 that the issuer dropped refuse once the set has been fetched anew, after 300 seconds', async () => {
    await outcome(first.token);
    answer = publish(second.set);
    now += 299_999;
    expect(await outcome(first.token)).toBe('e30');
    now += 1;
    expect(await outcome(first.token)).toBe('INVALID_TOKEN');
    expect(fetches).toBe(2);
  });

  it('serve on while the issuer is down, and nobody waits for more than the first failure', async () => {
    await outcome(first.token);
    await server.close();
    now += 1_000_000;
    expect(await outcome(first.token)).toBe('e30');
    now += 1_000_000;
    expect(keys.prepare(first.token)).toBeUndefined();
    expect(await outcome(first.token)).toBe('e30');
  });

  it('are taken again when the issuer is back', async () => {
    answer = publish('', 500);
    expect(await outcome(first.token)).toBe('SIGNING_KEYS_UNAVAILABLE');
    answer = publish(first.set);
    expect(await outcome(first.token)).toBe('SIGNING_KEYS_UNAVAILABLE');
    now += 30_000;
    expect(await outcome(first.token)).toBe('e30');
  });

  it('that may have come while the issuer is down are an outage and no bad token', async () => {
    await outcome(first.token);
    answer = publish('', 503);
    now += 30_000;
    expect(await outcome(second.token)).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(await outcome(first.token)).toBe('e30');
    expect(await outcome('garbage')).toBe('INVALID_TOKEN');
  });
});

describe('a flood', () => {
  it('of 10,000 tokens with forged kids costs one fetch in a cooldown', async () => {
    await outcome(first.token);
    now += 30_000;
    const outcomes = await Promise.all(Array.from({ length: 10_000 }, () => outcome(forged())));
    expect(new Set(outcomes)).toEqual(new Set(['INVALID_TOKEN']));
    expect(fetches).toBe(2);
    for (let second = 0; second < 60; second += 1) {
      now += 1000;
      await outcome(forged());
    }
    expect(fetches).toBe(4);
  });

  it('while the issuer is down costs one attempt and one line in the log in a cooldown', async () => {
    answer = publish('', 500);
    const outcomes = await Promise.all(Array.from({ length: 10_000 }, () => outcome(forged())));
    expect(new Set(outcomes)).toEqual(new Set(['SIGNING_KEYS_UNAVAILABLE']));
    expect(fetches).toBe(1);
    expect(logger.entries).toHaveLength(1);
    expect(logger.entries[0]).toMatch(
      /^warn The keys at http:.*jwks\.json could not be fetched: .*status 500$/,
    );
  });

  it.each([
    '',
    'garbage',
    'a.b.c',
    `${part('{"alg":"HS512","typ":"JWT"}')}.e30.AA`,
    `${part('{"alg":"none","typ":"JWT"}')}.e30.AA`,
    `${part('{"alg":"EdDSA","typ":"JWT","kid":"x"}')}.e30.AA`,
    `${part(`{"alg":"EdDSA","typ":"JWT","kid":"${'A'.repeat(43)}","jku":"http://x"}`)}.e30.AA`,
    `${part(`{"alg":"EdDSA","typ":"JWT","kid":"${'A'.repeat(43)}"}`)}=.e30.AA`,
    `${'A'.repeat(100_000)}.e30.AA`,
  ])('of what could be no token of an issuer (%#) costs nothing, keys or none', async (token) => {
    expect(await outcome(token)).toBe('INVALID_TOKEN');
    await outcome(first.token);
    now += 1_000_000;
    expect(await outcome(token)).toBe('INVALID_TOKEN');
    expect(fetches).toBe(1);
  });
});

describe('an answer that is no key set', () => {
  it.each<[string, RegExp, RequestListener, number?]>([
    ['an error', /status 500$/, publish('{"keys":[]}', 500)],
    ['a 404', /status 404$/, publish(first.set, 404)],
    ['a 204', /status 204$/, (_, response) => response.writeHead(204).end()],
    ['nothing', /SyntaxError/, publish('')],
    ['no JSON', /SyntaxError/, publish('<html>')],
    ['no keys', /no usable key/, publish('{"keys":[]}')],
    ['no usable key', /no usable key/, publish('{"keys":[{"kty":"oct","k":"AAAA"}]}')],
    ['null', /no usable key/, publish('null')],
    ['a redirect', /fetch failed/, (_, response) => response.writeHead(302, { Location: '/' }).end()],
    ['a byte more than 64 KiB', /more than 65536 bytes/, publish(first.set.padEnd(65_537))],
    ['a body without end', /more than 65536 bytes/, (_, response) => void response.write(' '.repeat(70_000))],
    ['silence', /timeout/, () => undefined, BRIEF],
    ['half an answer', /timeout/, (_, response) => void response.write('{"keys":'), BRIEF],
    ['a broken connection', /fetch failed/, (request) => request.socket.destroy()],
  ])('%s leaves no key: an outage, and then the next attempt', async (_, reason, broken, limit = AMPLE) => {
    [answer, timeout] = [broken, limit];
    expect(await outcome(first.token)).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(logger.entries).toEqual([expect.stringMatching(reason)]);
    expect(logger.entries.join()).not.toMatch(/[\r\n]/);
    [answer, timeout] = [publish(first.set), AMPLE];
    now += 30_000;
    expect(await outcome(first.token)).toBe('e30');
    [answer, timeout] = [broken, limit];
    now += 300_000;
    expect(await outcome(first.token)).toBe('e30');
  });

  it('lets go of the connection where it is too long', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (_, response) => response.once('close', resolve).write(' '.repeat(70_000));
    });
    await outcome(first.token);
    await closed;
  });
});

describe('isKeySetUri', () => {
  it.each([
    'https://issuer.example/.well-known/jwks.json',
    'http://localhost:3000/jwks',
    'http://127.0.0.1/jwks',
    'http://127.1.2.3/jwks',
    'http://[::1]:3000/jwks',
    new URL('https://issuer.example'),
  ])('takes %s', (uri) => expect(isKeySetUri(uri)).toBe(true));

  it.each([
    'http://issuer.example/jwks',
    'http://127.0.0.1.example/jwks',
    'http://localhost.example/jwks',
    'http://10.0.0.1/jwks',
    'https://user:secret@issuer.example/jwks',
    'https://user@issuer.example/jwks',
    'https://:secret@issuer.example/jwks',
    'ftp://issuer.example',
    'ftp://localhost/jwks',
    ['https://issuer.example/jwks'],
    'file:///etc/jwks.json',
    'data:application/json,{}',
    '/jwks.json',
    '',
    5,
    null,
    {},
  ])('refuses %s', (uri) => expect(isKeySetUri(uri)).toBe(false));
});
