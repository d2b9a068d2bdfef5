import { describe, expect, it } from '@jest/globals';
import { MAX_TOKEN_LENGTH } from '../../src/core/token-codec.js';
import { IssuedTokenReader } from '../../src/tokens/issued-token.reader.js';
import { AsymmetricJws, AsymmetricVerifier } from '../../src/tokens/jws/asymmetric.js';
import { resolveSigning } from '../../src/tokens/keys/signing-keys.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { keyPair } from '../support/key-pairs.js';
import { AUDIENCE, ISSUER, NOW, sessionRecord } from './fixtures.js';

const PARTIES = { issuer: ISSUER, audience: AUDIENCE };

const signing = resolveSigning({ algorithm: 'EdDSA', privateKey: keyPair('EdDSA').privateKey });
const [plain, wrapping] = [false, true].map(
  (wrapApiTokens) => new JwtTokenCodec(new AsymmetricJws(signing), PARTIES, { wrapApiTokens }),
) as [JwtTokenCodec, JwtTokenCodec];
const keys = new AsymmetricVerifier(signing.publicKeys);

const apiToken = {
  jti: 'api-token-1',
  username: 'alice',
  times: { issuedAt: NOW, expiresAt: NOW + 3_600_000 },
};

/** A reader whose keys have to be fetched, and the tokens that they were fetched for. */
function fetching() {
  const asked: string[] = [];
  const fetched = Promise.resolve();
  const reader = new IssuedTokenReader(
    {
      verify: (token) => keys.verify(token),
      prepare: (token) => {
        asked.push(token);
        return fetched;
      },
    },
    PARTIES,
  );
  return { reader, asked, fetched };
}

describe('tokens of another service', () => {
  const { accessToken } = plain.issue(sessionRecord());

  it('are read as their issuer reads them, wrapped or not', () => {
    const reader = new IssuedTokenReader(keys, PARTIES);
    expect(reader.read(accessToken)).toEqual(plain.read(accessToken));
    const wrapped = wrapping.issueApiToken(apiToken);
    expect(reader.read(wrapped)).toEqual(wrapping.read(wrapped));
  });

  it('are refused if they are from or for somebody else', () => {
    for (const other of [{ issuer: 'other' }, { audience: 'other' }]) {
      const reader = new IssuedTokenReader(keys, { ...PARTIES, ...other });
      expect(() => reader.read(accessToken)).toThrow(expect.objectContaining({ code: 'INVALID_TOKEN' }));
    }
  });

  it('have nothing to wait for where the keys are known beforehand', () => {
    expect(new IssuedTokenReader(keys, PARTIES).prepare(accessToken)).toBeUndefined();
  });

  it('wait for keys that have to be fetched, which see the JWT without its wrapper', () => {
    const { reader, asked, fetched } = fetching();
    expect(reader.prepare(plain.issueApiToken(apiToken))).toBe(fetched);
    expect(reader.prepare(wrapping.issueApiToken(apiToken))).toBe(fetched);
    expect(asked).toEqual([plain.issueApiToken(apiToken), plain.issueApiToken(apiToken)]);
  });

  it('D1 have no key fetched for them over the limit', () => {
    const { reader, asked } = fetching();
    const longest = 'A'.repeat(MAX_TOKEN_LENGTH);
    expect(reader.prepare(`${longest}A`)).toBeUndefined();
    void reader.prepare(longest);
    expect(asked).toEqual([longest]);
  });
});
