import { createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import dns from 'node:dns';
import net from 'node:net';
import { JwtService } from '@nestjs/jwt';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AsymmetricAlgorithm, JwtSigning } from '../../src/core/session-keys.js';
import { MAX_TOKEN_LENGTH } from '../../src/core/token-codec.js';
import { AsymmetricJws } from '../../src/tokens/jws/asymmetric.js';
import { readJwkSet } from '../../src/tokens/keys/jwk-set.js';
import { isSignedBy, publicKey } from '../../src/tokens/keys/public-key.js';
import { resolveSigning } from '../../src/tokens/keys/signing-keys.js';
import { JwtTokenCodec } from '../../src/tokens/jwt-token.codec.js';
import { ALGORITHMS, keyPair } from '../support/key-pairs.js';
import {
  AUDIENCE,
  goodClaims,
  ID,
  ISSUER,
  keyBytes,
  NOW,
  part,
  refusal,
  ringOf,
  sessionRecord,
  shownBy,
  signerOf,
} from './fixtures.js';

const PARTIES = { issuer: ISSUER, audience: AUDIENCE };
const DIGEST = { EdDSA: null, RS256: 'sha256' } as const;

/** RFC 8037, appendix A. */
const ED25519 = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

function codecOf(signing: JwtSigning): JwtTokenCodec {
  return new JwtTokenCodec(new AsymmetricJws(resolveSigning(signing)), PARTIES);
}

function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;
}

describe('published vectors', () => {
  it('RFC 7638 §3.1: the thumbprint of an RSA key', () => {
    const key = createPublicKey({
      key: {
        kty: 'RSA',
        n:
          '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF' +
          'V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9' +
          'c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1' +
          'jF44-csFCur-kEgU8awapJzKnqDKgw',
        e: 'AQAB',
        alg: 'RS256',
        kid: '2011-04-29',
      },
      format: 'jwk',
    });
    expect(publicKey(key)!.jwk.kid).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('RFC 8037 A.3: the thumbprint of an Ed25519 key', () => {
    const { publicKeys } = resolveSigning({ algorithm: 'EdDSA', privateKey: ED25519 });
    expect(publicKeys[0].jwk).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: ED25519.x,
      kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
      alg: 'EdDSA',
      use: 'sig',
    });
  });

  it('RFC 8037 A.5: the signature of a JWS', () => {
    const { publicKeys } = resolveSigning({ algorithm: 'EdDSA', privateKey: ED25519 });
    const signed = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
    const signature =
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
    expect(isSignedBy(publicKeys[0], signed, signature)).toBe(true);
    expect(isSignedBy(publicKeys[0], `${signed}A`, signature)).toBe(false);
    // Ours signs as deterministically: same key, same text, same bytes.
    const jws = new AsymmetricJws(resolveSigning({ algorithm: 'EdDSA', privateKey: ED25519 }));
    const token = jws.sign('{}');
    const again = sign(
      null,
      Buffer.from(token.slice(0, token.lastIndexOf('.'))),
      createPrivateKey({ key: ED25519, format: 'jwk' }),
    );
    expect(token.split('.')[2]).toBe(again.toString('base64url'));
  });
});

describe.each(ALGORITHMS)('%s', (algorithm) => {
  let pair: { privateKey: KeyObject; publicKey: KeyObject };
  let codec: JwtTokenCodec;
  let good: string;

  beforeAll(() => {
    pair = keyPair(algorithm);
    codec = codecOf({ algorithm, privateKey: pair.privateKey });
    good = codec.issue(sessionRecord()).accessToken;
  });

  /** A token put together by hand, its signature good. */
  function handSigned(
    header: Parameters<typeof part>[0],
    claims: Parameters<typeof part>[0] = goodClaims(),
    privateKey = pair.privateKey,
  ): string {
    const signed = `${part(header)}.${part(claims)}`;
    return `${signed}.${sign(DIGEST[algorithm], Buffer.from(signed), privateKey).toString('base64url')}`;
  }

  it('J1 the header is exactly alg, typ and the thumbprint of the public key', () => {
    const [header] = good.split('.');
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const canonical =
      algorithm === 'EdDSA'
        ? `{"crv":"Ed25519","kty":"OKP","x":"${jwk.x}"}`
        : `{"e":"${jwk.e}","kty":"RSA","n":"${jwk.n}"}`;
    const kid = createHash('sha256').update(canonical).digest('base64url');
    expect(Buffer.from(header!, 'base64url').toString()).toBe(
      `{"alg":"${algorithm}","typ":"JWT","kid":"${kid}"}`,
    );
  });

  it('an implementation that is not ours verifies what we sign', () => {
    const record = sessionRecord({ username: 'Zoë 山田 😀' });
    const { accessToken, refreshToken } = codec.issue(record);
    for (const token of [accessToken, refreshToken!]) {
      const at = token.lastIndexOf('.');
      const signature = Buffer.from(token.slice(at + 1), 'base64url');
      expect(verify(DIGEST[algorithm], Buffer.from(token.slice(0, at)), pair.publicKey, signature)).toBe(
        true,
      );
    }
    if (algorithm === 'RS256') {
      const publicPem = pair.publicKey.export({ format: 'pem', type: 'spki' });
      const claims: unknown = new JwtService({}).verify(accessToken, {
        publicKey: publicPem,
        algorithms: ['RS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTimestamp: NOW / 1000,
      });
      expect(claims).toEqual(goodClaims({ sub: 'Zoë 山田 😀' }));
    }
  });

  it('reads back what it signed, and derives the same tokens again', () => {
    const again = codecOf({ algorithm, privateKey: pair.privateKey });
    expect(again.issue(sessionRecord())).toEqual(codec.issue(sessionRecord()));
    expect(again.read(good)).toMatchObject({ username: 'alice', id: ID, type: 'access' });
    expect(codec.read(handSigned(headerOf(good)))).toEqual(codec.read(good));
  });

  it('takes keys as PEM, KeyObject and JWK alike', () => {
    const { privateKey } = pair;
    for (const written of [
      privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
      privateKey.export({ format: 'jwk' }),
      privateKey,
    ]) {
      expect(codecOf({ algorithm, privateKey: written }).issue(sessionRecord()).accessToken).toBe(good);
    }
    const other = keyPair(algorithm).privateKey;
    const { publicKey } = pair;
    for (const written of [
      publicKey.export({ format: 'pem', type: 'spki' }) as string,
      publicKey.export({ format: 'jwk' }),
      publicKey,
    ]) {
      const overlapping = codecOf({ algorithm, privateKey: other, publicKeys: [written] });
      expect(overlapping.read(good)).toEqual(codec.read(good));
      expect(overlapping.issue(sessionRecord()).accessToken).not.toBe(good);
    }
  });

  it('J16 further public keys verify, a key left out does not', () => {
    const next = keyPair(algorithm).privateKey;
    const both = codecOf({ algorithm, privateKey: next, publicKeys: [pair.publicKey] });
    expect(both.read(good)).toEqual(codec.read(good));
    refusal(codecOf({ algorithm, privateKey: next }), good);
    refusal(codec, both.issue(sessionRecord()).accessToken);
  });

  describe('J1 key confusion', () => {
    it('a token signed by HMAC with the public key as its secret is refused, under any header', () => {
      const spellings: (string | Buffer)[] = [
        pair.publicKey.export({ format: 'pem', type: 'spki' }),
        (pair.publicKey.export({ format: 'pem', type: 'spki' }) as string).trim(),
        pair.publicKey.export({ format: 'der', type: 'spki' }),
        JSON.stringify(pair.publicKey.export({ format: 'jwk' })),
      ];
      const headers = [
        { alg: 'HS512', typ: 'JWT' },
        { alg: 'HS512', typ: 'JWT', kid: headerOf(good).kid },
        { alg: 'HS256', typ: 'JWT', kid: headerOf(good).kid },
        headerOf(good),
      ];
      for (const secret of spellings) {
        for (const header of headers) {
          const signed = `${part(header)}.${part(goodClaims())}`;
          for (const hash of ['sha256', 'sha384', 'sha512']) {
            refusal(codec, `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`);
          }
        }
      }
    });

    it('an HS512 token of the secretKey beside it is refused', async () => {
      const symmetric = new JwtTokenCodec(signerOf(await ringOf('k')), PARTIES);
      refusal(codec, symmetric.issue(sessionRecord()).accessToken);
    });

    it('under HS512 a token of the private key is refused', async () => {
      const symmetric = new JwtTokenCodec(signerOf(await ringOf('k')), PARTIES);
      refusal(symmetric, good);
      refusal(symmetric, handSigned({ alg: 'HS512', typ: 'JWT' }));
    });

    it('a token of the other algorithm is refused, its own kid or ours in the header', () => {
      const alg: AsymmetricAlgorithm = algorithm === 'EdDSA' ? 'RS256' : 'EdDSA';
      const other = keyPair(alg);
      refusal(
        codec,
        codecOf({ algorithm: alg, privateKey: other.privateKey }).issue(sessionRecord()).accessToken,
      );
      for (const header of [{ ...headerOf(good), alg }, headerOf(good)]) {
        const signed = `${part(header)}.${part(goodClaims())}`;
        refusal(
          codec,
          `${signed}.${sign(DIGEST[alg], Buffer.from(signed), other.privateKey).toString('base64url')}`,
        );
      }
    });
  });

  it('J2 none is refused in any spelling, with no signature, any, and a good one', () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const header = { ...headerOf(good), alg };
      refusal(codec, handSigned(header));
      const [, claims, signature] = good.split('.');
      for (const text of ['', 'AA', signature]) refusal(codec, `${part(header)}.${claims}.${text}`);
    }
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['unknown', 'A'.repeat(43)],
    ['a path', '../../../../dev/null'],
    ['SQL', "x' UNION SELECT 'AA'--"],
    ['a command', '|cat /etc/passwd'],
    ['an URL', 'http://127.0.0.1:9/key'],
    ['__proto__', '__proto__'],
    ['empty', ''],
    ['null', null],
    ['an array', ['a']],
    ['an object', {}],
  ])('J1 a kid that is %s is refused, its signature notwithstanding', (_, kid) => {
    refusal(codec, handSigned({ alg: algorithm, typ: 'JWT', kid }));
  });

  it('J7 a kid written twice is refused, whichever of the two is ours', () => {
    const { kid } = headerOf(good) as { kid: string };
    for (const [first, second] of [
      [kid, 'x'],
      ['x', kid],
      [kid, kid],
    ]) {
      refusal(codec, handSigned(`{"alg":"${algorithm}","typ":"JWT","kid":"${first}","kid":"${second}"}`));
    }
  });

  it('J3 jku, jwk, x5u and x5c are never used: refused by a good and by their own signature, and no socket', () => {
    const theirs = keyPair(algorithm);
    const jwk = theirs.publicKey.export({ format: 'jwk' });
    const spies = [
      jest.spyOn(net.Socket.prototype, 'connect'),
      jest.spyOn(dns, 'lookup'),
      jest.spyOn(globalThis, 'fetch'),
    ];
    try {
      for (const pointer of [
        { jku: 'https://evil.example/keys' },
        { jwk },
        { x5u: 'https://evil.example/cert' },
        { x5c: ['MIIB'] },
      ]) {
        for (const header of [
          { ...headerOf(good), ...pointer },
          { ...pointer, ...headerOf(good) },
        ]) {
          refusal(codec, handSigned(header));
          refusal(codec, handSigned(header, goodClaims(), theirs.privateKey));
        }
      }
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  it('J4 a header with crit, with b64, or in another order or spacing is refused', () => {
    const { alg, typ, kid } = headerOf(good) as Record<'alg' | 'typ' | 'kid', string>;
    for (const header of [
      { alg, typ, kid, crit: ['exp'] },
      { alg, typ, kid, crit: [] },
      { alg, typ, kid, b64: false },
      { typ, alg, kid },
      { alg, kid },
      `{ "alg":"${alg}","typ":"${typ}","kid":"${kid}"}`,
      `{"alg":"${alg}","typ":"${typ}","kid":"${kid}"} `,
    ]) {
      refusal(codec, handSigned(header));
    }
  });

  it('nothing of a forged token is parsed as JSON', () => {
    const parse = jest.spyOn(JSON, 'parse');
    try {
      const [header, claims, signature] = good.split('.');
      refusal(codec, `${header}.${claims}A.${signature}`);
      refusal(codec, `${part({ alg: algorithm, typ: 'JWT', kid: 'x' })}.${claims}.${signature}`);
      expect(parse).not.toHaveBeenCalled();
      codec.read(codec.issue(sessionRecord({ generation: 1 })).accessToken);
      expect(parse).toHaveBeenCalledTimes(1);
    } finally {
      parse.mockRestore();
    }
  });

  it('J5 a signature has one spelling and one length', () => {
    const [header, claims, signature] = good.split('.') as [string, string, string];
    const bytes = Buffer.from(signature, 'base64url');
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...last].map((letter) => signature.slice(0, -1) + letter);
    expect(spellings.filter((text) => Buffer.from(text, 'base64url').equals(bytes)).length).toBeGreaterThan(
      1,
    );
    for (const text of [
      ...spellings.filter((spelling) => spelling !== signature),
      `${signature}=`,
      `${signature}==`,
      `${signature} `,
      `${signature}A`,
      ` ${signature}`,
      bytes.toString('hex'),
      Buffer.concat([Buffer.alloc(1), bytes]).toString('base64url'),
      Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url'),
      bytes.subarray(1).toString('base64url'),
      Buffer.alloc(bytes.length).toString('base64url'),
    ]) {
      refusal(codec, `${header}.${claims}.${text}`);
    }
  });

  it('J5 no part may be changed by a letter, and J6 none may be missing', () => {
    for (let at = 0; at < good.length; at += 7) {
      const letter = good[at] === 'A' ? 'B' : 'A';
      if (good[at] !== '.') refusal(codec, good.slice(0, at) + letter + good.slice(at + 1));
    }
    const [header, claims, signature] = good.split('.');
    for (const token of [
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `.${claims}.${signature}`,
      `${header}..${signature}`,
      `${good}.`,
      `${good}.${signature}`,
      '',
      '..',
    ]) {
      refusal(codec, token);
    }
  });

  it('J8 J10 the claims are held to what they are under HS512', () => {
    for (const claims of [
      { exp: undefined },
      { exp: '1' },
      { iat: undefined },
      { iss: 'other' },
      { aud: 'other' },
      { sub: '' },
      { jti: 'x' },
      { type: 'refresh' },
      { nbf: 'x' },
    ]) {
      refusal(codec, handSigned(headerOf(good), goodClaims(claims)));
    }
    refusal(codec, handSigned(headerOf(good), '{"sub":"a","sub":"b"}'));
  });

  it('D1 a token over the limit is refused before anything looks into it', () => {
    expect(refusal(codec, `${good}${'A'.repeat(MAX_TOKEN_LENGTH)}`).message).toContain('longer than');
  });

  it('L1 no key is shown', () => {
    const { d } = pair.privateKey.export({ format: 'jwk' });
    const text = shownBy(codec) + shownBy(resolveSigning({ algorithm, privateKey: pair.privateKey }));
    expect(text).not.toContain(d!.slice(0, 16));
  });
});

it('J5 an Ed25519 signature whose scalar is not the least one is refused (RFC 8032 §5.1.7)', () => {
  const codec = codecOf({ algorithm: 'EdDSA', privateKey: ED25519 });
  const good = codec.issue(sessionRecord()).accessToken;
  const at = good.lastIndexOf('.') + 1;
  const bytes = Buffer.from(good.slice(at), 'base64url');
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const scalar = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
  const malleable = Buffer.concat([
    bytes.subarray(0, 32),
    Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse(),
  ]);
  refusal(codec, good.slice(0, at) + malleable.toString('base64url'));
});

describe('the option signing', () => {
  const ed25519 = keyPair('EdDSA');
  const rsa = keyPair('RS256');
  const pem = (key: KeyObject) =>
    key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }) as string;

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^signing: expected \{ algorithm/],
    ['null', null, /^signing: .* got null$/],
    ['a PEM alone', pem(ed25519.privateKey), /^signing: .* got a string of \d+ characters$/],
    [
      'an unknown member',
      { algorithm: 'EdDSA', privateKey: ed25519.privateKey, publickeys: [] },
      /"publickeys"/,
    ],
    ['no algorithm', { privateKey: ed25519.privateKey }, /^signing.algorithm: .* got undefined$/],
    ['HS512', { algorithm: 'HS512', privateKey: 'x' }, /^signing.algorithm: expected "EdDSA" or "RS256"/],
    ['__proto__', { algorithm: '__proto__', privateKey: 'x' }, /^signing.algorithm/],
    [
      'an algorithm in an array',
      { algorithm: ['EdDSA'], privateKey: ed25519.privateKey },
      /^signing.algorithm: .* got an array of 1$/,
    ],
    ['no key', { algorithm: 'EdDSA' }, /^signing.privateKey: .*Ed25519.* got undefined$/],
    ['a text', { algorithm: 'EdDSA', privateKey: 'secret text' }, /got a string of 11 characters$/],
    ['bytes', { algorithm: 'EdDSA', privateKey: new Uint8Array(32) }, /got 32 bytes$/],
    [
      'a PEM with its line breaks spelt out',
      { algorithm: 'EdDSA', privateKey: pem(ed25519.privateKey).replaceAll('\n', '\\n') },
      /^signing.privateKey: .* got a PEM whose line breaks are missing, spelt out as \\n; .*pem\.replaceAll\('\\\\n', '\\n'\)$/,
    ],
    [
      'a PEM with its line breaks spelt out, for a further key',
      {
        algorithm: 'RS256',
        privateKey: rsa.privateKey,
        publicKeys: [pem(rsa.publicKey).replaceAll('\n', '\\n')],
      },
      /^signing.publicKeys\[0\]: .* got a PEM whose line breaks are missing, spelt out as \\n/,
    ],
    [
      'a PEM whose line breaks have become blanks',
      { algorithm: 'EdDSA', privateKey: pem(ed25519.privateKey).replaceAll('\n', ' ') },
      /got a PEM whose line breaks are missing$/,
    ],
    [
      'a mistyped member',
      { algorithm: 'EdDSA', private_key: ed25519.privateKey },
      /got "private_key"; did you mean privateKey\?$/,
    ],
    ['a secret', { algorithm: 'EdDSA', privateKey: createSecretKey(keyBytes()) }, /got a secret key$/],
    [
      'null for a further key',
      { algorithm: 'EdDSA', privateKey: ED25519, publicKeys: [null] },
      /^signing.publicKeys\[0\]: .* got null$/,
    ],
    [
      'RSA for EdDSA',
      { algorithm: 'EdDSA', privateKey: rsa.privateKey },
      /got a private rsa key of 2048 bits$/,
    ],
    [
      'Ed25519 for RS256',
      { algorithm: 'RS256', privateKey: ed25519.privateKey },
      /got a private ed25519 key$/,
    ],
    ['the public half', { algorithm: 'EdDSA', privateKey: ed25519.publicKey }, /got a public ed25519 key$/],
    ['the public PEM', { algorithm: 'RS256', privateKey: pem(rsa.publicKey) }, /^signing.privateKey/],
    [
      'the public JWK',
      { algorithm: 'RS256', privateKey: rsa.publicKey.export({ format: 'jwk' }) },
      /^signing.privateKey: .* got an object$/,
    ],
    [
      'RSA of 1024 bits',
      {
        algorithm: 'RS256',
        privateKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
      },
      /2048 bits or more.* got a private rsa key of 1024 bits$/,
    ],
    [
      'RSA for PSS only',
      {
        algorithm: 'RS256',
        privateKey: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey,
      },
      /got a private rsa-pss key of 2048 bits$/,
    ],
    ['Ed448', { algorithm: 'EdDSA', privateKey: generateKeyPairSync('ed448').privateKey }, /ed448/],
    ['X25519', { algorithm: 'EdDSA', privateKey: generateKeyPairSync('x25519').privateKey }, /x25519/],
    [
      'an encrypted PEM',
      {
        algorithm: 'EdDSA',
        privateKey: ed25519.privateKey.export({
          format: 'pem',
          type: 'pkcs8',
          cipher: 'aes-256-cbc',
          passphrase: 'x',
        }),
      },
      /unencrypted PEM/,
    ],
    [
      'a private key among the public ones',
      { algorithm: 'EdDSA', privateKey: ed25519.privateKey, publicKeys: [keyPair('EdDSA').privateKey] },
      /^signing.publicKeys\[0\]: .* got a private ed25519 key$/,
    ],
    [
      'a private PEM among the public ones',
      { algorithm: 'RS256', privateKey: rsa.privateKey, publicKeys: [rsa.publicKey, pem(rsa.privateKey)] },
      /^signing.publicKeys\[1\]/,
    ],
    [
      'a private JWK among the public ones',
      { algorithm: 'EdDSA', privateKey: ED25519, publicKeys: [ED25519] },
      /^signing.publicKeys\[0\]/,
    ],
    [
      'a public key of the other algorithm',
      { algorithm: 'EdDSA', privateKey: ED25519, publicKeys: [rsa.publicKey] },
      /got a public rsa key of 2048 bits$/,
    ],
    [
      'five keys',
      { algorithm: 'EdDSA', privateKey: ED25519, publicKeys: [1, 2, 3, 4] },
      /at most 3.* array of 4$/,
    ],
    [
      'one for an array',
      { algorithm: 'EdDSA', privateKey: ED25519, publicKeys: rsa.publicKey },
      /publicKeys/,
    ],
  ])('of %s is refused, naming what was expected and what came', (_, signing, message) => {
    let thrown: (Error & { code?: string }) | undefined;
    try {
      resolveSigning(signing as JwtSigning);
    } catch (error) {
      thrown = error as Error;
    }
    expect(thrown?.code).toBe('SESSION_CONFIGURATION');
    expect(thrown?.message).toMatch(message);
    expect(shownBy(thrown)).not.toContain(ED25519.d);
    expect(shownBy(thrown)).not.toContain('secret text');
  });

  it('may name its own public key among the further ones, which counts once', () => {
    const { publicKeys } = resolveSigning({
      algorithm: 'EdDSA',
      privateKey: ed25519.privateKey,
      publicKeys: [ed25519.publicKey, keyPair('EdDSA').publicKey],
    });
    expect(publicKeys).toHaveLength(2);
  });
});

it('a key of a kind that no algorithm of ours is for is no public key of ours', () => {
  const { publicKey: p256 } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(publicKey(p256)).toBeUndefined();
});

describe('readJwkSet', () => {
  const [ed25519, rsa] = [keyPair('EdDSA').publicKey, keyPair('RS256').publicKey];
  const [okpJwk, rsaJwk] = [ed25519.export({ format: 'jwk' }), rsa.export({ format: 'jwk' })];

  it('takes the keys that it knows, each for the algorithm of its kind', () => {
    expect(readJwkSet({ keys: [okpJwk, rsaJwk] }).map(({ algorithm }) => algorithm)).toEqual([
      'EdDSA',
      'RS256',
    ]);
  });

  it('names a key by its thumbprint, whatever kid it claims', () => {
    const [own] = readJwkSet({ keys: [okpJwk] });
    const [claimed] = readJwkSet({ keys: [{ ...okpJwk, kid: 'mine' }] });
    expect(claimed!.header).toBe(own!.header);
  });

  it.each<[string, unknown]>([
    ['a secret', { kty: 'oct', k: keyBytes().toString('base64url'), alg: 'HS512' }],
    ['a private key', ED25519],
    ['a key for encryption', { ...rsaJwk, use: 'enc' }],
    ['a key for another algorithm', { ...rsaJwk, alg: 'PS256' }],
    ['a key that claims HS512', { ...okpJwk, alg: 'HS512' }],
    [
      'an elliptic curve',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    ],
    [
      'RSA of 1024 bits',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
    ],
    ['a broken key', { kty: 'OKP', crv: 'Ed25519', x: 'AA' }],
    ['a text', 'key'],
    ['null', null],
  ])('passes over %s', (_, key) => {
    expect(readJwkSet({ keys: [key, okpJwk] })).toHaveLength(1);
  });

  it.each([undefined, null, [], 'keys', { keys: {} }, { keys: Array.from({ length: 33 }, () => okpJwk) }])(
    'finds nothing in %p',
    (set) => {
      expect(readJwkSet(set)).toEqual([]);
    },
  );
});
