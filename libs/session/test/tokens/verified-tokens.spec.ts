import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import type { SessionClaims, TokenClaims, TokenCodec } from '../../src/core/token-codec.js';
import { manualClock } from '../../src/testing/manual-clock.js';
import type { Hs512 } from '../../src/tokens/jws/hs512.js';
import type { JwsVerifier } from '../../src/tokens/jws/jws.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { OpaqueTokenCodec } from '../../src/tokens/opaque-token.codec.js';
import type { KeyRing } from '../../src/tokens/keys/secret-key.js';
import { VerifiedTokens } from '../../src/tokens/verified-tokens.js';
import { MemoryLogger } from '../support/memory-logger.js';
import {
  AUDIENCE,
  goodClaims,
  handMade,
  HEADER,
  ISSUER,
  keyBytes,
  NOW,
  refusal,
  ringOf,
  sessionRecord,
  signerOf,
} from './fixtures.js';

const CLAIMS: SessionClaims = Object.freeze({ type: 'access', id: 'id', generation: 0, jti: 'id.a0' });
const MAX_ENTRIES = 10_000;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Distinct texts of one length, which differ where signatures have their fingerprints. */
const text = (number: number, length = 48) => `${String(number).padStart(length - 8, 'x')}xxxxxxxx`;

/** Has a token remembered, as a codec does to which it comes twice. */
function remember(tokens: VerifiedTokens<TokenClaims>, token: string, claims: TokenClaims): void {
  for (let time = 0; time < 2; time++) {
    if (tokens.get(token) === undefined) tokens.add(token, claims);
  }
}

function remembered(tokens: VerifiedTokens<TokenClaims>, candidates: readonly string[]): string[] {
  // Claims of its own for each, so that none is found under another's name; the latest first, so that none moves.
  return candidates.filter((token) => tokens.get(token)?.jti === token);
}

/** A flood of genuine tokens, and those of them that are still known after it. */
function afterFlood(count: number, length?: number): string[] {
  const tokens = new VerifiedTokens<TokenClaims>();
  const flood = Array.from({ length: count }, (_, number) => text(number, length));
  for (const token of flood) remember(tokens, token, { ...CLAIMS, jti: token });
  return remembered(tokens, flood.reverse());
}

describe('what is remembered', () => {
  it('D3 is bounded in entries, and is the latest', () => {
    const known = afterFlood(100_000);
    expect(known.length).toBeLessThanOrEqual(MAX_ENTRIES);
    expect(known.length).toBeGreaterThanOrEqual(MAX_ENTRIES / 2);
    expect(known[0]).toBe(text(99_999));
  });

  it('D3 is bounded in characters, where tokens are long', () => {
    const known = afterFlood(2_000, 8_192);
    expect(known.length * 8_192).toBeLessThanOrEqual(MAX_CHARACTERS);
    expect(known.length * 8_192).toBeGreaterThanOrEqual(MAX_CHARACTERS / 2);
    expect(known[0]).toBe(text(1_999, 8_192));
  });

  it('D3 stays bounded when what is used again moves to the young', () => {
    const tokens = new VerifiedTokens<TokenClaims>();
    const all = Array.from({ length: 3 * MAX_ENTRIES }, (_, number) => text(number));
    for (const token of all) {
      remember(tokens, token, { ...CLAIMS, jti: token });
      remembered(tokens, all.slice(0, 3));
    }
    expect(remembered(tokens, all.slice(0, 3))).toHaveLength(3);
    expect(remembered(tokens, all.slice(3).reverse()).length).toBeLessThanOrEqual(MAX_ENTRIES);
  });

  it('is not what came once', () => {
    const tokens = new VerifiedTokens<TokenClaims>();
    expect(tokens.add(text(0), CLAIMS)).toBe(CLAIMS);
    expect(tokens.get(text(0))).toBeUndefined();
    expect(tokens.add(text(0), CLAIMS)).toBe(CLAIMS);
    expect(tokens.get(text(0))).toBe(CLAIMS);
  });

  it('is found by all of its characters: another token of the same fingerprint is another', () => {
    const tokens = new VerifiedTokens<TokenClaims>();
    const [one, other] = [`a${text(0)}`, `b${text(0)}`];
    remember(tokens, one, { ...CLAIMS, jti: one });
    expect(tokens.get(other)).toBeUndefined();
    expect(tokens.get(text(0))).toBeUndefined();
    expect(tokens.get(`${one}x`)).toBeUndefined();
    // Both work, whichever of them is remembered.
    tokens.add(other, { ...CLAIMS, jti: other });
    expect(tokens.get(other)?.jti).toBe(other);
    expect(tokens.get(one)).toBeUndefined();
    tokens.add(one, { ...CLAIMS, jti: one });
    expect(tokens.get(one)?.jti).toBe(one);
  });

  it('is found by all of its characters in the older generation, too', () => {
    const tokens = new VerifiedTokens<TokenClaims>();
    remember(tokens, `a${text(0)}`, CLAIMS);
    for (let number = 1; number <= MAX_ENTRIES / 2; number++) remember(tokens, text(number), CLAIMS);
    expect(tokens.get(`b${text(0)}`)).toBeUndefined();
    expect(tokens.get(`a${text(0)}`)).toBe(CLAIMS);
  });
});

/** A verifier that counts the tokens it is asked about. */
class Counted implements JwsVerifier {
  asked = 0;

  constructor(private readonly jws: Hs512) {}

  sign(payload: string): string {
    return this.jws.sign(payload);
  }

  verify(token: string): string {
    this.asked += 1;
    return this.jws.verify(token);
  }
}

/** After this a codec remembers the token. */
function readTwice(codec: TokenCodec, token: string): TokenClaims {
  codec.read(token);
  return codec.read(token);
}

describe('a codec', () => {
  const parties = { issuer: ISSUER, audience: AUDIENCE };
  let ring: KeyRing;
  let jws: Counted;
  let jwt: JwtTokenCodec;
  let good: string;

  beforeAll(async () => {
    ring = await ringOf('k');
    good = handMade(HEADER, goodClaims());
  });

  const opened = () => {
    jws = new Counted(signerOf(ring));
    jwt = new JwtTokenCodec(jws, parties, { wrapApiTokens: true });
    return jwt;
  };

  it('verifies a token twice, however often it comes, and hands out the same frozen claims again', () => {
    for (const codec of [opened(), new OpaqueTokenCodec(ring)] as TokenCodec[]) {
      const token = codec === jwt ? good : codec.issue(sessionRecord()).accessToken;
      const first = codec.read(token);
      const claims = codec.read(token);
      expect(claims).toEqual(first);
      for (let time = 0; time < 3; time++) expect(codec.read(`Bearer ${token}`.slice(7))).toBe(claims);
      expect(Object.isFrozen(claims)).toBe(true);
    }
    expect(jws.asked).toBe(2);
  });

  it('remembers an API token, wrapped, and hands out rights that nobody can add to', () => {
    const times = { issuedAt: NOW, expiresAt: NOW + 1000 };
    const token = opened().issueApiToken({ jti: 'x', username: 'ci', times, datasets: { a: ['read'] } });
    expect(token).toMatch(/^nsm_/);
    const claims = readTwice(jwt, token) as Extract<TokenClaims, { type: 'api' }>;
    expect(jwt.read(token)).toBe(claims);
    expect(jws.asked).toBe(2);
    for (const part of [claims, claims.times, claims.datasets, claims.datasets!.a]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('D3 remembers success only: 100,000 invalid tokens displace nothing, and are refused each time', () => {
    readTwice(opened(), good);
    const cut = good.slice(0, -8);
    let refusals = 0;
    for (let number = 0; number < 100_000; number++) {
      try {
        jwt.read(cut + String(number).padStart(8, 'x'));
      } catch {
        refusals += 1;
      }
    }
    expect(refusals).toBe(100_000);
    jws.asked = 0;
    refusal(jwt, `${cut}xxxxxxxx`);
    refusal(jwt, handMade(HEADER, goodClaims({ iss: 'else' })));
    refusal(jwt, handMade(HEADER, goodClaims({ iss: 'else' })));
    expect(jws.asked).toBe(3);
    jwt.read(good);
    expect(jws.asked).toBe(3);
  });

  it('refuses a token whose end it remembers, and whose beginning is forged', () => {
    const opaque = new OpaqueTokenCodec(ring);
    const token = opaque.issue(sessionRecord()).accessToken;
    readTwice(opaque, token);
    readTwice(opened(), good);
    const [header, , signature] = good.split('.');
    const bobs = handMade(HEADER, goodClaims({ sub: 'bob' })).split('.')[1]!;
    for (const codec of [jwt, opaque] as TokenCodec[]) {
      const forged = codec === jwt ? `${header}.${bobs}.${signature}` : `B${token.slice(1)}`;
      for (let time = 0; time < 2; time++) refusal(codec, forged);
    }
  });
});

it.each(['token', 'jwt'] as const)(
  'J16 under %s what was verified is remembered with its keys, and its session and expiry are judged each time',
  async (strategy) => {
    const clock = manualClock();
    const logger = new MemoryLogger();
    const options = { secretKey: keyBytes(), clock, logger, sessionTimeout: 60 };
    const manager = await createSessionManager<'token' | 'jwt'>({ strategy, ...options });
    const codeOf = (token: string) =>
      manager.validateSession(token).then(
        () => 'valid',
        (error: { code: string }) => error.code,
      );
    const [ended, expiring, dropped] = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => (await manager.createSession(name))!.accessToken),
    );
    for (const token of [ended, expiring, dropped, ended, expiring, dropped]) {
      expect(await codeOf(token!)).toBe('valid');
    }
    await manager.invalidateSession(ended);
    expect(await codeOf(ended!)).toBe('ACCESS_TOKEN_NOT_FOUND');
    await manager.keys.rotateKeys(keyBytes('n'));
    expect(await codeOf(dropped!)).toBe('INVALID_TOKEN');
    await manager.keys.rotateKeys(keyBytes());
    expect(await codeOf(expiring!)).toBe('valid');
    clock.advance('2m');
    expect(await codeOf(expiring!)).toMatch(
      strategy === 'jwt' ? 'SESSION_EXPIRED' : 'ACCESS_TOKEN_NOT_FOUND',
    );
  },
);
