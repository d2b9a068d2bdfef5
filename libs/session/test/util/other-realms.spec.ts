import { describe, expect, it } from '@jest/globals';
import { createSessionManager } from '../../src/compose/create-session-manager.js';
import { resolveExpiration } from '../../src/core/api-token.js';
import { isBytes, timeOf } from '../../src/util/other-realms.js';
import { describeValue } from '../../src/util/text.js';
import { manualClock } from '../../src/testing/index.js';
import { isKeySetUri } from '../../src/tokens/jws/remote-key-set.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { inOtherRealm } from '../support/other-realm.js';

const logger = new MemoryLogger();

describe('a value of another realm', () => {
  it('is not known by its class', () => {
    expect(inOtherRealm('new Uint8Array(3)')).not.toBeInstanceOf(Uint8Array);
    expect(inOtherRealm('new Date(0)')).not.toBeInstanceOf(Date);
  });

  it('is bytes if it is a Uint8Array', () => {
    expect(isBytes(inOtherRealm('new Uint8Array(3)'))).toBe(true);
    expect(isBytes(new Uint8Array(3))).toBe(true);
    expect(isBytes(Buffer.alloc(3))).toBe(true);
    for (const other of [
      'new Uint16Array(3)',
      'new DataView(new ArrayBuffer(8))',
      'new ArrayBuffer(8)',
      '[1]',
    ]) {
      expect(isBytes(inOtherRealm(other))).toBe(false);
    }
    expect(isBytes({ [Symbol.toStringTag]: 'Uint8Array', byteLength: 64 })).toBe(false);
  });

  it('is a moment if it is a Date', () => {
    expect(timeOf(inOtherRealm('new Date(5)'))).toBe(5);
    expect(timeOf(new Date(5))).toBe(5);
    expect(timeOf(new Date(Number.NaN))).toBeNaN();
    for (const other of [5, '5', null, undefined, {}, { getTime: () => 5 }, Object.create(Date.prototype)]) {
      expect(timeOf(other)).toBeUndefined();
    }
  });

  it('is a secret key if it has 64 bytes, alone and in a ring', async () => {
    const bytes = inOtherRealm('new Uint8Array(64).fill(7)');
    const ring = inOtherRealm('[new Uint8Array(64).fill(7)]');
    const ours = await createSessionManager({
      strategy: 'token',
      secretKey: new Uint8Array(64).fill(7),
      logger,
    });
    const { accessToken } = (await ours.createSession('alice'))!;
    for (const secretKey of [bytes, ring]) {
      const manager = await createSessionManager({ strategy: 'token', secretKey, logger });
      await expect(manager.validateSession(accessToken)).rejects.toMatchObject({
        code: 'ACCESS_TOKEN_NOT_FOUND',
      });
    }
    const short = inOtherRealm('new Uint8Array(63)');
    await expect(createSessionManager({ strategy: 'token', secretKey: short, logger })).rejects.toThrow(
      'got 63 bytes',
    );
  });

  it('is an expiration, and a time for a manual clock, if it is a Date', () => {
    expect(resolveExpiration(inOtherRealm('new Date(60000)'), 0)).toBe(60_000);
    expect(() => resolveExpiration(inOtherRealm('new Date(NaN)'), 0)).toThrow('got an invalid Date');
    expect(manualClock(inOtherRealm('new Date(5)'))()).toBe(5);
  });

  it('is told by its kind', () => {
    expect(describeValue(inOtherRealm('new Uint8Array(7)'))).toBe('7 bytes');
    expect(describeValue(inOtherRealm('new Date(0)'))).toBe('a Date');
    expect(describeValue(inOtherRealm('new Date(NaN)'))).toBe('an invalid Date');
  });

  it('is the place of keys if it is a URL', () => {
    // As jsdom's is: no URL of Node's, and the same text.
    const foreign = { href: 'https://issuer.example/jwks', toString: () => 'https://issuer.example/jwks' };
    expect(isKeySetUri(foreign)).toBe(true);
    expect(isKeySetUri({ href: 'http://issuer.example/jwks' })).toBe(false);
    expect(isKeySetUri({ href: 5 })).toBe(false);
    expect(isKeySetUri(null)).toBe(false);
  });
});
