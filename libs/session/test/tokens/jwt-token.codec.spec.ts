import { JwtService } from '@nestjs/jwt';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { checkDatasets } from '../../src/core/datasets.js';
import { MAX_GENERATION } from '../../src/core/session.js';
import { Permission } from '../../src/core/permission.js';
import { TokenType } from '../../src/core/token-type.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { anyId, anyUsername, AUDIENCE, goodClaims, handMade, HEADER, hs512, ID } from './fixtures.js';
import {
  expectNoKeyIn,
  ISSUER,
  keyBytes,
  NOW,
  part,
  refusal,
  ringOf,
  sessionRecord,
  shownBy,
} from './fixtures.js';

const PARTIES = { issuer: ISSUER, audience: AUDIENCE };
const anyGeneration = fc.integer({ min: 0, max: MAX_GENERATION });
const apiTimes = { issuedAt: NOW, expiresAt: NOW + 3_600_000 };

let codec: JwtTokenCodec;
let token: string;

beforeAll(async () => {
  codec = await codecOf('k');
  token = codec.issue(sessionRecord()).accessToken;
});

async function codecOf(...letters: string[]): Promise<JwtTokenCodec> {
  return new JwtTokenCodec(await ringOf(...letters), PARTIES);
}

function payloadOf(jwt: string): string {
  return Buffer.from(jwt.split('.')[1]!, 'base64url').toString();
}

/** What jsonwebtoken, which shares no code with our verifier, reads. */
function oracle(jwt: string, secret: Buffer = keyBytes()): Record<string, unknown> {
  return new JwtService({}).verify(jwt, {
    secret,
    algorithms: ['HS512'],
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTimestamp: NOW / 1000 + 1,
  });
}

describe('what is issued', () => {
  it('has the header {"alg":"HS512","typ":"JWT"} to the byte, and the claims of RFC 7519 in one order', () => {
    const [header] = token.split('.');
    expect(Buffer.from(header!, 'base64url').toString()).toBe(HEADER);
    expect(payloadOf(token)).toBe(
      `{"iss":"plantdb-api","aud":"plantdb-client","sub":"alice","exp":${NOW / 1000 + 900},` +
        `"iat":${NOW / 1000},"jti":"${ID}.a0","type":"access"}`,
    );
  });

  it('is signed with HMAC-SHA512 of the key itself', () => {
    const [header, claims, signature] = token.split('.');
    expect(signature).toBe(hs512(`${header}.${claims}`));
  });

  it('is byte for byte the same for the same record, whatever the time and whoever issues it', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(NOW + 12_345);
    try {
      expect(codec.issue(sessionRecord())).toEqual((await codecOf('k')).issue(sessionRecord()));
      expect(codec.issue(sessionRecord({ lastAccessed: NOW + 5000 })).accessToken).toBe(token);
    } finally {
      clock.mockRestore();
    }
  });

  it('is an access and a refresh token that differ in type, jti and expiry', () => {
    const { accessToken, refreshToken } = codec.issue(sessionRecord({ generation: 3 }));
    expect(codec.read(accessToken)).toMatchObject({ type: TokenType.Access, jti: `${ID}.a3` });
    expect(codec.read(refreshToken!)).toMatchObject({ type: TokenType.Refresh, jti: `${ID}.r3` });
    expect(codec.read(accessToken).times!.expiresAt).toBe(NOW + 900_000);
    expect(codec.read(refreshToken!).times!.expiresAt).toBe(NOW + 86_400_000);
  });

  it('is no refresh token where the record has no expiry for one', () => {
    expect(Object.keys(codec.issue(sessionRecord({ refreshExpiresAt: undefined })))).toEqual(['accessToken']);
  });

  it('is another token for another generation, user, expiry and issuer', async () => {
    const others = [
      codec.issue(sessionRecord({ generation: 1 })),
      codec.issue(sessionRecord({ username: 'bob' })),
      codec.issue(sessionRecord({ expiresAt: NOW + 901_000 })),
      new JwtTokenCodec(await ringOf('k'), { ...PARTIES, issuer: 'other' }).issue(sessionRecord()),
    ].map(({ accessToken }) => accessToken);
    expect(new Set([token, ...others]).size).toBe(5);
  });
});

describe('what is read', () => {
  it('is what was issued', () => {
    expect(codec.read(token)).toEqual({
      id: ID,
      generation: 0,
      type: 'access',
      jti: `${ID}.a0`,
      username: 'alice',
      issuer: ISSUER,
      audience: AUDIENCE,
      times: { issuedAt: NOW, expiresAt: NOW + 900_000 },
    });
  });

  it('is what was issued, for any allowed username, id and generation', () => {
    fc.assert(
      fc.property(anyUsername, anyId, anyGeneration, (username, id, generation) => {
        const { accessToken, refreshToken } = codec.issue(sessionRecord({ username, id, generation }));
        expect(codec.read(accessToken)).toMatchObject({ username, id, generation, type: 'access' });
        expect(codec.read(refreshToken!)).toMatchObject({ username, id, generation, type: 'refresh' });
      }),
    );
  });

  it('does not depend on the clock: whether its time has come or gone is judged elsewhere', () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(8.64e15);
    try {
      expect(codec.read(token).times!.expiresAt).toBe(NOW + 900_000);
    } finally {
      clock.mockRestore();
    }
  });

  it('T4 is refused when any single bit of the bytes or any character of the text was changed', () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.nat(6), (at, bit) => {
        const changed = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit));
        refusal(codec, token.slice(0, at) + changed + token.slice(at + 1));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('API tokens', () => {
  it('carry their own jti, owner and times, and no datasets when unrestricted', () => {
    const api = codec.issueApiToken({ jti: 'api-1', username: 'alice', times: apiTimes });
    expect(codec.read(api)).toEqual({
      type: 'api',
      jti: 'api-1',
      username: 'alice',
      issuer: ISSUER,
      audience: AUDIENCE,
      times: apiTimes,
    });
    expect(JSON.parse(payloadOf(api))).not.toHaveProperty('datasets');
  });

  it("write rights in plantdb's form, and none as the empty text, which is not the same as unrestricted", () => {
    const rights = checkDatasets({ a: [Permission.Read, Permission.Write], b: [Permission.ManageUsers] });
    const some = codec.issueApiToken({ jti: 'api-1', username: 'alice', times: apiTimes, datasets: rights });
    const none = codec.issueApiToken({ jti: 'api-2', username: 'alice', times: apiTimes, datasets: {} });
    expect(JSON.parse(payloadOf(some))).toMatchObject({
      datasets: 'a/Permission.READ,Permission.WRITE;b/Permission.MANAGE_USERS',
    });
    expect(JSON.parse(payloadOf(none))).toMatchObject({ datasets: '' });
    expect(codec.read(some)).toMatchObject({ datasets: { a: ['read', 'write'], b: ['manage_users'] } });
    expect(Object.keys((codec.read(none) as { datasets: object }).datasets)).toEqual([]);
  });

  it('P1 read rights back into a table without a prototype', () => {
    const api = handMade(HEADER, goodClaims({ type: 'api', jti: 'api-1', datasets: 'a/Permission.READ' }));
    expect(Object.getPrototypeOf((codec.read(api) as { datasets: object }).datasets)).toBeNull();
  });

  it('are the same to the byte for the same claims', () => {
    const claims = { jti: 'api-1', username: 'alice', times: apiTimes };
    expect(codec.issueApiToken(claims)).toBe(codec.issueApiToken(claims));
  });
});

describe('interoperation', () => {
  it('jsonwebtoken verifies what we issue, with the bytes of the key', () => {
    const { accessToken, refreshToken } = codec.issue(sessionRecord());
    const api = codec.issueApiToken({ jti: 'api-1', username: 'alice', times: apiTimes, datasets: {} });
    expect(oracle(accessToken)).toEqual(goodClaims());
    expect(oracle(refreshToken!)).toMatchObject({ type: 'refresh', jti: `${ID}.r0` });
    expect(oracle(api)).toMatchObject({ type: 'api', jti: 'api-1', datasets: '' });
    expect(() => oracle(accessToken, keyBytes('x'))).toThrow('invalid signature');
  });

  it('jsonwebtoken reads any username as we wrote it', () => {
    fc.assert(
      fc.property(anyUsername, (username) => {
        expect(oracle(codec.issue(sessionRecord({ username })).accessToken).sub).toBe(username);
      }),
    );
  });

  it('what JwtService signs with the key, given as bytes, is read here', () => {
    const signer = new JwtService({ secret: keyBytes(), signOptions: { algorithm: 'HS512' } });
    expect(codec.read(signer.sign(goodClaims()))).toMatchObject({ username: 'alice', id: ID });
    expect(codec.read(signer.sign(goodClaims({ aud: ['other', AUDIENCE] })))).toMatchObject({
      audience: AUDIENCE,
    });
    const plantdb = goodClaims({ type: 'api', jti: '550e8400-e29b-41d4-a716-446655440000' });
    expect(codec.read(signer.sign(plantdb))).toMatchObject({ type: 'api', jti: plantdb.jti });
  });

  it('a header in another order or spacing, or without typ, is read', () => {
    for (const header of [
      '{"typ":"JWT","alg":"HS512"}',
      '{ "alg": "HS512",\r\n  "typ": "JWT" }',
      '{"alg":"HS512"}',
      '{"alg":"HS512","typ":"jwt"}',
      '{"alg":"HS512","typ":"JWT","kid":"k1"}',
    ]) {
      expect(codec.read(handMade(header, goodClaims()))).toMatchObject({ id: ID });
    }
  });

  it('a name beyond ASCII is read whether it is escaped or not', () => {
    const escaped = JSON.stringify(goodClaims({ sub: 'NAME' })).replace(
      'NAME',
      '\\u0041nn\\u00e9 \\ud83d\\ude00',
    );
    expect(codec.read(handMade(HEADER, escaped))).toMatchObject({ username: 'Anné 😀' });
    expect(codec.read(handMade(HEADER, goodClaims({ sub: 'Anné 😀' })))).toMatchObject({
      username: 'Anné 😀',
    });
  });

  it('claims that we do not know are ignored', () => {
    const read = codec.read(handMade(HEADER, goodClaims({ scope: 'x', nested: { sub: 'mallory' } })));
    expect(read).toEqual(codec.read(token));
  });
});

describe('a ring of keys', () => {
  it('J16 signs with the first', async () => {
    expect((await codecOf('n', 'k')).issue(sessionRecord())).toEqual(
      (await codecOf('n')).issue(sessionRecord()),
    );
    expect((await codecOf('n', 'k')).issue(sessionRecord()).accessToken).not.toBe(token);
  });

  it('J16 verifies with all, wherever in the ring the key stands', async () => {
    for (const letters of [['k'], ['n', 'k'], ['k', 'n'], ['a', 'b', 'c', 'k']]) {
      expect((await codecOf(...letters)).read(token)).toMatchObject({ id: ID });
    }
  });

  it('J16 refuses what a dropped key signed', async () => {
    refusal(await codecOf('n'), token);
    refusal(await codecOf('n', 'm'), token);
  });
});

describe('what is shown', () => {
  it('L1 no error holds the token, a piece of it, what it says, or the key', () => {
    const secret = 'hunter2-in-a-claim';
    const faulty = [
      `${token.slice(0, -2)}AA`,
      `${token}=`,
      'hunter2-in-a-claim',
      handMade('{"alg":"hunter2-in-a-claim"}', goodClaims()),
      handMade(`{"alg":"HS512","typ":"${secret}"}`, goodClaims()),
      handMade(`{"alg":"HS512","crit":["${secret}"]}`, goodClaims()),
      handMade(HEADER, `{${secret}`),
      handMade(HEADER, `"${secret}"`),
      handMade(HEADER, `{"${secret}":1,"${secret}":2}`),
      ...['iss', 'aud', 'type', 'exp', 'iat', 'nbf', 'jti'].map((name) =>
        handMade(HEADER, goodClaims({ [name]: secret })),
      ),
      handMade(HEADER, goodClaims({ sub: `${secret}\n` })),
      handMade(HEADER, goodClaims({ type: 'api', jti: 'api-1', datasets: secret })),
    ];
    for (const presented of faulty) {
      const text = shownBy(refusal(codec, presented));
      expect(text).not.toContain(secret);
      expect(text).not.toContain(part(secret).slice(2, 20));
      for (const piece of presented.split('.')) expect(text).not.toContain(piece);
      expectNoKeyIn(text, 'k');
    }
  });

  it('L1 the codec shows no key', async () => {
    expectNoKeyIn(shownBy(await codecOf('k', 'n')), 'k', 'n');
  });
});
