import { randomBytes } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { checkDatasets } from '../../src/core/datasets.js';
import { Permission } from '../../src/core/permission.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { resolveKeyRing, type KeyRing } from '../../src/tokens/keys/secret-key.js';
import {
  anyId,
  anyUsername,
  AUDIENCE,
  expectNoKeyIn,
  goodClaims,
  handMade,
  hs512,
  ID,
  ISSUER,
  keyBytes,
  NOW,
  refusal,
  ringOf,
  sessionRecord,
  shownBy,
  signerOf,
  hkdf,
  macBy,
  opaqueMacOf,
} from './fixtures.js';

const PARTIES = { issuer: ISSUER, audience: AUDIENCE };
const OUR_HEADER = 'eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9';

let ring: KeyRing;
let codec: JwtTokenCodec;

beforeAll(async () => {
  ring = await ringOf('k');
  codec = new JwtTokenCodec(signerOf(ring), PARTIES);
});

function decoded(token: string): [header: unknown, claims: Record<string, unknown>] {
  const [header, claims] = token.split('.').map((text) => Buffer.from(text, 'base64url').toString());
  return [JSON.parse(header!), JSON.parse(claims!) as Record<string, unknown>];
}

const apiClaims = {
  jti: 'api-token-1',
  username: 'alice',
  times: { issuedAt: NOW, expiresAt: NOW + 3_600_000 },
};

describe('the tokens of a session', () => {
  it('carry exactly iss, sub, aud, exp, iat, jti and type, in whole seconds', () => {
    const { accessToken, refreshToken } = codec.issue(sessionRecord({ generation: 4 }));
    const common = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat: NOW / 1000 };
    expect(decoded(accessToken)[1]).toEqual({
      ...common,
      exp: NOW / 1000 + 900,
      jti: `${ID}.a4`,
      type: 'access',
    });
    expect(decoded(refreshToken!)[1]).toEqual({
      ...common,
      exp: NOW / 1000 + 86_400,
      jti: `${ID}.r4`,
      type: 'refresh',
    });
  });

  it('J1 have exactly the header {"alg":"HS512","typ":"JWT"}', () => {
    const { accessToken, refreshToken } = codec.issue(sessionRecord());
    const api = codec.issueApiToken(apiClaims);
    for (const token of [accessToken, refreshToken!, api]) {
      expect(token.split('.')[0]).toBe(OUR_HEADER);
    }
    expect(Buffer.from(OUR_HEADER, 'base64url').toString()).toBe('{"alg":"HS512","typ":"JWT"}');
  });

  it('are signed with the key itself, HMAC-SHA512', () => {
    const { accessToken } = codec.issue(sessionRecord());
    const [header, claims, signature] = accessToken.split('.');
    expect(signature).toBe(hs512(`${header}.${claims}`));
  });

  it('have no refresh token where the record has no refresh expiry', () => {
    expect(Object.keys(codec.issue(sessionRecord({ refreshExpiresAt: undefined })))).toEqual(['accessToken']);
  });

  it('are byte for byte the same for the same record, in another process and at another time', async () => {
    const tokens = codec.issue(sessionRecord());
    const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
    try {
      const other = new JwtTokenCodec(signerOf(await ringOf('k', 'n')), PARTIES);
      expect(other.issue(sessionRecord())).toEqual(tokens);
      expect(other.issue(sessionRecord({ lastAccessed: NOW + 7000, details: { ip: '::1' } }))).toEqual(
        tokens,
      );
    } finally {
      clock.mockRestore();
    }
  });

  it('are derived from the record even where its iat is 0, never from the clock of the system', () => {
    const record = sessionRecord({ issuedAt: 0, expiresAt: 900_000 });
    const { accessToken } = codec.issue(record);
    expect(codec.read(accessToken).times).toEqual({ issuedAt: 0, expiresAt: 900_000 });
  });

  it('are others for another generation', () => {
    const [first, second] = [0, 1].map((generation) => codec.issue(sessionRecord({ generation })));
    expect(first!.accessToken).not.toBe(second!.accessToken);
    expect(first!.refreshToken).not.toBe(second!.refreshToken);
  });

  it('are read back as what the record says', () => {
    const { accessToken, refreshToken } = codec.issue(sessionRecord({ generation: 4 }));
    const common = { id: ID, generation: 4, username: 'alice', issuer: ISSUER, audience: AUDIENCE };
    expect(codec.read(accessToken)).toEqual({
      ...common,
      type: 'access',
      jti: `${ID}.a4`,
      times: { issuedAt: NOW, expiresAt: NOW + 900_000 },
    });
    expect(codec.read(refreshToken!)).toEqual({
      ...common,
      type: 'refresh',
      jti: `${ID}.r4`,
      times: { issuedAt: NOW, expiresAt: NOW + 86_400_000 },
    });
  });

  it('are read whatever the time is: the manager judges it, by its own clock', () => {
    const { accessToken } = codec.issue(sessionRecord());
    const clock = jest.spyOn(Date, 'now');
    try {
      for (const time of [0, NOW, 8.64e15]) {
        clock.mockReturnValue(time);
        expect(codec.read(accessToken)).toMatchObject({ username: 'alice' });
      }
    } finally {
      clock.mockRestore();
    }
  });

  it('are read back for any allowed username, id, generation and times', () => {
    fc.assert(
      fc.property(
        anyUsername,
        anyId,
        fc.integer({ min: 0, max: 0xffffff }),
        fc.integer({ min: 1, max: 8_000_000_000 }),
        (username, id, generation, second) => {
          const record = sessionRecord({
            username,
            id,
            generation,
            issuedAt: second * 1000,
            expiresAt: second * 1000 + 1000,
          });
          const { accessToken, refreshToken } = codec.issue(record);
          expect(codec.read(accessToken)).toMatchObject({
            username,
            id,
            generation,
            type: 'access',
            times: { issuedAt: second * 1000, expiresAt: second * 1000 + 1000 },
          });
          expect(codec.read(refreshToken!)).toMatchObject({ username, id, generation, type: 'refresh' });
        },
      ),
    );
  });
});

describe('API tokens', () => {
  it('carry the type api, their own jti, and no datasets claim when unrestricted', () => {
    expect(decoded(codec.issueApiToken(apiClaims))[1]).toEqual({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'alice',
      exp: NOW / 1000 + 3600,
      iat: NOW / 1000,
      jti: 'api-token-1',
      type: 'api',
    });
  });

  it("carry datasets in plantdb's form", () => {
    const datasets = checkDatasets({ a: [Permission.Read, Permission.Write], b: [] });
    expect(decoded(codec.issueApiToken({ ...apiClaims, datasets }))[1].datasets).toBe(
      'a/Permission.READ,Permission.WRITE;b/',
    );
  });

  it('carry the empty claim for no rights at all, which is not unrestricted', () => {
    const token = codec.issueApiToken({ ...apiClaims, datasets: checkDatasets({}) });
    expect(decoded(token)[1].datasets).toBe('');
    const claims = codec.read(token);
    expect(claims).toHaveProperty('datasets');
    expect({ ...(claims as { datasets: object }).datasets }).toEqual({});
  });

  it('are read back as what was signed', () => {
    expect(codec.read(codec.issueApiToken(apiClaims))).toEqual({
      ...apiClaims,
      type: 'api',
      issuer: ISSUER,
      audience: AUDIENCE,
    });
    const datasets = checkDatasets({ a: [Permission.Read] });
    expect(codec.read(codec.issueApiToken({ ...apiClaims, datasets }))).toMatchObject({
      datasets: { a: ['read'] },
    });
  });

  it('P1 hand out datasets without a prototype, frozen', () => {
    const claims = codec.read(
      handMade(HEADER_OBJECT, goodClaims({ type: 'api', jti: 'j', datasets: 'a/READ' })),
    );
    const { datasets } = claims as unknown as { datasets: object };
    expect(Object.getPrototypeOf(datasets)).toBeNull();
    expect(Object.isFrozen(datasets)).toBe(true);
  });
});

const HEADER_OBJECT = { alg: 'HS512', typ: 'JWT' };

describe('interoperation', () => {
  /** An RFC 7519 implementation that is not ours, holding the same bytes. */
  const other = new JwtService({ secret: keyBytes(), signOptions: { algorithm: 'HS512' } });
  const verify = (token: string, options = {}) =>
    other.verify<Record<string, unknown>>(token, {
      secret: keyBytes(),
      algorithms: ['HS512'],
      issuer: ISSUER,
      audience: AUDIENCE,
      clockTimestamp: NOW / 1000,
      ...options,
    });

  it('jsonwebtoken verifies what we sign', () => {
    const { accessToken, refreshToken } = codec.issue(sessionRecord({ username: 'Zoë 山田 😀' }));
    expect(verify(accessToken)).toEqual(goodClaims({ sub: 'Zoë 山田 😀' }));
    expect(verify(refreshToken!)).toMatchObject({ type: 'refresh', jti: `${ID}.r0` });
    expect(verify(codec.issueApiToken(apiClaims))).toMatchObject({ type: 'api', jti: 'api-token-1' });
  });

  it('jsonwebtoken verifies what we sign for any allowed username', () => {
    fc.assert(
      fc.property(anyUsername, (username) => {
        expect(verify(codec.issue(sessionRecord({ username })).accessToken).sub).toBe(username);
      }),
    );
  });

  it('jsonwebtoken refuses it for another key, issuer or audience, and after its expiry', () => {
    const { accessToken } = codec.issue(sessionRecord());
    expect(() => verify(accessToken, { secret: keyBytes('x') })).toThrow('invalid signature');
    expect(() => verify(accessToken, { issuer: 'other' })).toThrow('issuer');
    expect(() => verify(accessToken, { audience: 'other' })).toThrow('audience');
    expect(() => verify(accessToken, { clockTimestamp: NOW / 1000 + 900 })).toThrow('expired');
  });

  it('we read what jsonwebtoken signs', () => {
    const token = other.sign(goodClaims());
    expect(codec.read(token)).toMatchObject({ username: 'alice', id: ID, type: 'access' });
  });

  it('keys given as bytes interoperate whatever the bytes are', async () => {
    for (const key of [Buffer.alloc(64), Buffer.alloc(64, 0xff), randomBytes(64), randomBytes(200)]) {
      const ours = new JwtTokenCodec(signerOf(await resolveKeyRing([new Uint8Array(key)], 'salt')), PARTIES);
      expect(verify(ours.issue(sessionRecord()).accessToken, { secret: key })).toEqual(goodClaims());
      expect(ours.read(handMade(HEADER_OBJECT, goodClaims(), key))).toMatchObject({ username: 'alice' });
    }
  });

  it.each([
    ['typ in front of alg', '{"typ":"JWT","alg":"HS512"}', goodClaims()],
    [
      'blanks as other writers put them',
      '{"alg": "HS512", "typ": "JWT"}',
      JSON.stringify(goodClaims(), null, 1),
    ],
    ['no typ', '{"alg":"HS512"}', goodClaims()],
    ['a typ in lower case', '{"alg":"HS512","typ":"jwt"}', goodClaims()],
    ['a kid', '{"alg":"HS512","kid":"1","typ":"JWT"}', goodClaims()],
    ['aud as an array', '{"alg":"HS512","typ":"JWT"}', goodClaims({ aud: [AUDIENCE] })],
    ['aud as an array of several', '{"alg":"HS512","typ":"JWT"}', goodClaims({ aud: ['x', AUDIENCE] })],
    [
      'claims that we do not know',
      '{"alg":"HS512","typ":"JWT"}',
      goodClaims({ scope: 'x', nested: { a: [1] } }),
    ],
    [
      'claims in another order',
      '{"alg":"HS512"}',
      Object.fromEntries(Object.entries(goodClaims()).reverse()),
    ],
  ])('we read a token with %s', (_, header, claims) => {
    expect(codec.read(handMade(header, claims))).toMatchObject({
      username: 'alice',
      type: 'access',
      audience: AUDIENCE,
    });
  });

  it('we read names that were escaped as \\uXXXX, as Python writes them', () => {
    const json = JSON.stringify(goodClaims({ sub: 'NAME' })).replace(
      'NAME',
      'Zo\\u00eb \\u5c71\\u7530 \\ud83d\\ude00',
    );
    expect(codec.read(handMade('{"typ":"JWT","alg":"HS512"}', json))).toMatchObject({
      username: 'Zoë 山田 😀',
    });
  });

  it('we read a whole token as PyJWT writes it, blanks between the members included', () => {
    const json =
      `{"iss": "${ISSUER}", "sub": "Zo\\u00eb", "aud": "${AUDIENCE}", "exp": ${NOW / 1000 + 60}, ` +
      `"iat": ${NOW / 1000}, "jti": "x-api", "type": "api", "datasets": "a/Permission.READ,Permission.WRITE"}`;
    expect(codec.read(handMade('{"alg":"HS512","typ":"JWT"}', json))).toMatchObject({
      username: 'Zoë',
      type: 'api',
      jti: 'x-api',
      datasets: { a: ['read', 'write'] },
    });
  });

  it('we read times with a fraction of a second', () => {
    const claims = goodClaims({ iat: NOW / 1000 + 0.25, exp: NOW / 1000 + 60.5 });
    expect(codec.read(handMade(HEADER_OBJECT, claims)).times).toEqual({
      issuedAt: NOW + 250,
      expiresAt: NOW + 60_500,
    });
  });
});

describe('a ring of keys', () => {
  it('J16 [k2, k1] signs with k2 and accepts both', async () => {
    const both = new JwtTokenCodec(signerOf(await ringOf('n', 'k')), PARTIES);
    const alone = new JwtTokenCodec(signerOf(await ringOf('n')), PARTIES);
    expect(both.issue(sessionRecord())).toEqual(alone.issue(sessionRecord()));
    expect(both.issueApiToken(apiClaims)).toBe(alone.issueApiToken(apiClaims));
    const { accessToken, refreshToken } = codec.issue(sessionRecord());
    for (const token of [accessToken, refreshToken!, codec.issueApiToken(apiClaims)]) {
      expect(both.read(token)).toEqual(codec.read(token));
    }
    expect(both.read(both.issue(sessionRecord()).accessToken)).toMatchObject({ id: ID });
  });

  it('J16 verifies with every key of four', async () => {
    const four = new JwtTokenCodec(signerOf(await ringOf('a', 'b', 'c', 'd')), PARTIES);
    for (const letter of 'abcd') {
      expect(four.read(handMade(HEADER_OBJECT, goodClaims(), keyBytes(letter)))).toMatchObject({ id: ID });
    }
  });

  it('J16 [k2] refuses what k1 signed', async () => {
    const alone = new JwtTokenCodec(signerOf(await ringOf('n')), PARTIES);
    refusal(alone, codec.issue(sessionRecord()).accessToken);
    refusal(alone, codec.issueApiToken(apiClaims));
  });

  it('J1 does not sign JWTs with the key for opaque tokens, nor verify with it', async () => {
    const opaque = hkdf(keyBytes(), 'opaque-token', 32);
    expect(opaqueMacOf(ring[0])).toBe(macBy(opaque));
    refusal(codec, handMade(HEADER_OBJECT, goodClaims(), opaque));
  });
});

describe('what is shown', () => {
  const marker = 'Mx7qT2vPz9LwK4';

  it.each([
    ['a wrong signature', () => handMade(HEADER_OBJECT, goodClaims({ sub: marker }), keyBytes('x'))],
    ['too much text', () => marker.repeat(1000)],
    ['another shape', () => `${marker}.${marker}`],
    ['claims that are no JSON', () => handMade(HEADER_OBJECT, `{"sub":${marker}}`)],
    ['a header that is no JSON', () => handMade(marker, goodClaims())],
    ['claims that are no object', () => handMade(HEADER_OBJECT, JSON.stringify(marker))],
    ['another algorithm', () => handMade({ alg: marker }, goodClaims())],
    ['another typ', () => handMade({ alg: 'HS512', typ: marker }, goodClaims())],
    ['an extension', () => handMade({ alg: 'HS512', crit: [marker] }, goodClaims())],
    ['another issuer', () => handMade(HEADER_OBJECT, goodClaims({ iss: marker }))],
    ['another audience', () => handMade(HEADER_OBJECT, goodClaims({ aud: marker }))],
    ['a bad subject', () => handMade(HEADER_OBJECT, goodClaims({ sub: `${marker}\n` }))],
    ['a bad jti', () => handMade(HEADER_OBJECT, goodClaims({ jti: `${marker}\n` }))],
    ['an unknown type', () => handMade(HEADER_OBJECT, goodClaims({ type: marker }))],
    ['bad times', () => handMade(HEADER_OBJECT, goodClaims({ exp: marker }))],
    ['bad datasets', () => handMade(HEADER_OBJECT, goodClaims({ type: 'api', jti: 'x', datasets: marker }))],
    ['a member twice', () => handMade(HEADER_OBJECT, `{"${marker}":1,"${marker}":2}`)],
  ])('L1 L2 no error holds the token, a claim of it or a key: %s', (_, make) => {
    const token = make();
    const error = refusal(codec, token);
    const text = shownBy(error);
    expect(text).not.toContain(marker);
    expectNoKeyIn(text, 'k', 'x');
    for (const piece of token.split('.')) {
      if (piece.length >= 12) expect(text).not.toContain(piece.slice(0, 12));
      if (piece.length >= 24) expect(text).not.toContain(piece.slice(-12));
    }
    // eslint-disable-next-line no-control-regex -- control characters are the subject
    expect(error.message).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{1,200}$/);
    expect(error.cause).toBeUndefined();
  });

  it('L1 neither the codec nor what it reads shows a key', () => {
    expectNoKeyIn(shownBy(codec), 'k');
    expectNoKeyIn(shownBy(codec.read(codec.issue(sessionRecord()).accessToken)), 'k');
    expect(Object.keys(codec)).toEqual([]);
  });

  it('L1 a failure to sign shows no key', () => {
    let text = '';
    try {
      codec.issue(sessionRecord({ username: 5n as unknown as string }));
    } catch (error) {
      text = shownBy(error);
    }
    expect(text).not.toBe('');
    expectNoKeyIn(text, 'k');
  });

  it('does not hand the claims of the sender on, only what was checked', () => {
    const claims = codec.read(handMade(HEADER_OBJECT, goodClaims({ admin: true, id: 'x', generation: 9 })));
    expect(Object.keys(claims).sort()).toEqual(
      ['username', 'jti', 'issuer', 'audience', 'times', 'id', 'type', 'generation'].sort(),
    );
    expect(claims).toMatchObject({ id: ID, generation: 0 });
  });
});
