import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import type { KeyRing } from '../../src/tokens/keys/secret-key.js';
import { AUDIENCE, ISSUER, NOW, refusal, ringOf, sessionRecord, signerOf } from './fixtures.js';

const PARTIES = { issuer: ISSUER, audience: AUDIENCE };
const PAGE = new URL('../../../../docs/api-tokens.md', import.meta.url);
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const MISTYPED = 'The API token is mistyped: its checksum is not that of its text';

/** How often a codec has asked for its key. */
let keysAskedFor = 0;
let plainly: JwtTokenCodec;
let wrapping: JwtTokenCodec;

beforeAll(async () => {
  const [key] = await ringOf('k');
  const counted: KeyRing = [
    {
      ...key,
      get jwtMac() {
        keysAskedFor += 1;
        return key.jwtMac;
      },
    },
  ];
  plainly = new JwtTokenCodec(signerOf(counted), PARTIES);
  wrapping = new JwtTokenCodec(signerOf(counted), PARTIES, { wrapApiTokens: true });
});

const claims = (jti = 'api-token-1') => ({
  jti,
  username: 'alice',
  times: { issuedAt: NOW, expiresAt: NOW + 3_600_000 },
});

/** CRC-32 (ISO 3309) bit by bit and base 62, independent of the source. */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let digits = '';
  for (let rest = BigInt((crc ^ 0xffffffff) >>> 0); rest > 0n; rest /= 62n) {
    digits = DIGITS.charAt(Number(rest % 62n)) + digits;
  }
  return digits.padStart(6, '0');
}

const handWrapped = (jwt: string) => `nsm_${jwt}_${checksum(`nsm_${jwt}`)}`;

describe('a wrapped API token', () => {
  it('is nsm_, the JWT, _ and the CRC-32 of all before it as six digits of base 62', () => {
    // The check value of CRC-32, 0xcbf43926.
    expect(checksum('123456789')).toBe('3jZRME');
    expect(wrapping.issueApiToken(claims())).toBe(handWrapped(plainly.issueApiToken(claims())));
  });

  it('has zeros before a small checksum, so that its length never varies', () => {
    const endings = Array.from({ length: 400 }, (_, number) =>
      wrapping.issueApiToken(claims(`j${number}`)).slice(-7),
    );
    for (const ending of endings) expect(ending).toMatch(/^_[0-9A-Za-z]{6}$/);
    // 62⁵ of 2³² checksums need a zero: one in five.
    expect(endings.some((ending) => ending.startsWith('_0'))).toBe(true);
  });

  it('says what the plain one says, and both are read whether the option is on or off', () => {
    const plain = plainly.issueApiToken(claims());
    const wrapped = wrapping.issueApiToken(claims());
    for (const codec of [plainly, wrapping]) {
      expect(codec.read(wrapped)).toEqual(codec.read(plain));
      expect(codec.read(wrapped)).toMatchObject({ type: 'api', jti: 'api-token-1', username: 'alice' });
    }
  });

  it('with any one character changed, dropped or doubled is refused before a key is asked for', () => {
    const wrapped = wrapping.issueApiToken(claims());
    const slip = fc.tuple(
      fc.integer({ min: 4, max: wrapped.length - 1 }),
      fc.constantFrom(...DIGITS, ...'-_. =é', ''),
      fc.boolean(),
    );
    keysAskedFor = 0;
    fc.assert(
      fc.property(slip, ([at, character, keep]) => {
        const mistyped = wrapped.slice(0, at) + character + wrapped.slice(keep ? at : at + 1);
        fc.pre(mistyped !== wrapped);
        expect(refusal(plainly, mistyped).message).toBe(MISTYPED);
      }),
      { numRuns: 2000 },
    );
    expect(keysAskedFor).toBe(0);
  });

  it.each(['nsm_', 'nsm__', 'nsm_a', 'nsm__000000', 'nsm_a.b.c', `nsm_${'x'.repeat(8000)}`])(
    'of which only %p was copied is refused before a key is asked for',
    (part) => {
      keysAskedFor = 0;
      expect(refusal(plainly, part).message).toBe(MISTYPED);
      expect(keysAskedFor).toBe(0);
    },
  );

  it('with a good checksum and nothing good inside is refused like any other token', () => {
    const [header, payload, signature] = plainly.issueApiToken(claims()).split('.');
    for (const jwt of ['', 'a', 'a.b.c', `${header}.${payload}.`, `${header}.${payload}.${signature}A`]) {
      expect(refusal(plainly, handWrapped(jwt)).message).not.toBe(MISTYPED);
    }
    refusal(plainly, `nsm_${checksum('nsm')}`);
    refusal(plainly, handWrapped(wrapping.issueApiToken(claims())));
  });

  it('is the only kind that may be wrapped: a token of a session is refused in it', () => {
    const { accessToken, refreshToken } = wrapping.issue(sessionRecord());
    for (const token of [accessToken, refreshToken!]) {
      expect(wrapping.read(token).username).toBe('alice');
      expect(refusal(wrapping, handWrapped(token)).message).toBe(
        'A token of a session is wrapped like an API token',
      );
    }
  });

  it('D1 over 8 KiB, the wrapper counted, is refused before its checksum is computed', () => {
    const inside = 'x'.repeat(8192 - 'nsm__123456'.length);
    expect(refusal(plainly, handWrapped(inside)).message).not.toContain('8192');
    expect(refusal(plainly, handWrapped(`${inside}x`)).message).toContain('8192');
  });

  it('is found by the pattern that docs/api-tokens.md gives to secret scanners, whole, and a plain JWT is not', () => {
    const scanner = new RegExp(/^regex = '''(.+)'''$/m.exec(readFileSync(PAGE, 'utf8'))![1]!, 'g');
    const leaked = Array.from({ length: 50 }, (_, number) => wrapping.issueApiToken(claims(`j${number}`)));
    const text = leaked.map((token) => `TOKEN="${token}"; # ${plainly.issueApiToken(claims())}\n`).join('');
    expect(text.match(scanner)).toEqual(leaked);
  });
});
