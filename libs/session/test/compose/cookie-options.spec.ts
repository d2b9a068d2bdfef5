import { describe, expect, it } from '@jest/globals';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import type { CookieTransportOptions } from '../../src/compose/cookie-options.js';

function refusal(options: unknown): string {
  try {
    new CookieTransport(options as CookieTransportOptions);
  } catch (error) {
    expect(error).toMatchObject({ code: 'SESSION_CONFIGURATION' });
    return (error as Error).message;
  }
  throw new Error(`took ${JSON.stringify(options)}`);
}

describe('The options of cookies', () => {
  it.each([
    [{}, '__Host-nsm_access', '__Host-nsm_refresh'],
    [{ name: 'my-app_2' }, '__Host-my-app_2_access', '__Host-my-app_2_refresh'],
    [{ refreshPath: '/' }, '__Host-nsm_access', '__Host-nsm_refresh'],
    [{ refreshPath: '/api/auth' }, '__Host-nsm_access', '__Secure-nsm_refresh'],
    [{ secure: false }, 'nsm_access', 'nsm_refresh'],
    [{ secure: false, refreshPath: '/auth' }, 'nsm_access', 'nsm_refresh'],
    [{ name: undefined, sameSite: 'none', persistent: false }, '__Host-nsm_access', '__Host-nsm_refresh'],
  ] as const)('%p name them %s and %s', (options, access, refresh) => {
    expect(new CookieTransport(options).names).toEqual({ access, refresh });
  });

  it.each([
    ['https://app.example.com', true],
    ['http://localhost:5173', true],
    ['https://[::1]:8443', true],
    ['https://xn--bcher-kva.example', true],
    ['https://app.example.com/', false],
    ['https://app.example.com/path', false],
    ['https://app.example.com:443', false],
    ['https://App.example.com', false],
    ['https://*.example.com', false],
    ['*', false],
    ['null', false],
    ['app.example.com', false],
    ['ftp://app.example.com', false],
    ['https://bücher.example', false],
    ['https://app.example.com\n', false],
    [' https://app.example.com', false],
    ['', false],
  ])('the origin %p is taken: %s', (origin, taken) => {
    const trustedOrigins = ['https://one.example', origin];
    if (taken) expect(() => new CookieTransport({ trustedOrigins })).not.toThrow();
    else expect(refusal({ trustedOrigins })).toMatch(/^trustedOrigins: expected an array of origins/);
  });

  it('names the entry that is no origin, and shows no password', () => {
    expect(refusal({ trustedOrigins: ['https://a.example', 'https://b.example/'] })).toBe(
      'trustedOrigins: expected an array of origins such as "https://app.example.com" ("https://b.example/" is none), ' +
        'got an array of 2',
    );
    expect(refusal({ trustedOrigins: ['https://me:secret@b.example'] })).not.toContain('secret');
    expect(refusal({ trustedOrigins: [null] })).toContain('(null is none)');
    expect(refusal({ trustedOrigins: 'https://a.example' })).toContain('got a string of 17 characters');
  });

  it.each([
    ['name', ''],
    ['name', '__Host-x'],
    ['name', 'a b'],
    ['name', 'a=b'],
    ['name', 'a;b'],
    ['name', 'x'.repeat(65)],
    ['name', null],
    ['refreshPath', ''],
    ['refreshPath', 'auth'],
    ['refreshPath', '/auth; Domain=evil.test'],
    ['refreshPath', '/a b'],
    ['refreshPath', `/${'x'.repeat(256)}`],
    ['sameSite', 'Lax'],
    ['sameSite', true],
    ['secure', 'yes'],
    ['persistent', 1],
  ])('%s: %p refuses to boot, and says what was expected', (option, value) => {
    expect(refusal({ [option]: value })).toMatch(new RegExp(`^${option}: expected .+, got `));
  });

  it('refuses an unknown one, and helps to spell it', () => {
    expect(refusal({ samesite: 'lax' })).toBe(
      'samesite: not an option of CookieTransport; did you mean sameSite?',
    );
    expect(refusal('nsm')).toContain('options: expected an object with those of CookieTransport');
  });

  it('refuses cookies that browsers would drop', () => {
    expect(refusal({ sameSite: 'none', secure: false })).toContain("sameSite: 'none' needs secure: true");
  });
});
