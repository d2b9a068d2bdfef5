import { describe, expect, it } from '@jest/globals';
import { splitCompact } from '../../src/tokens/jws/jws.js';

describe('a compact serialization (RFC 7515 §7.1)', () => {
  it('has a header, a payload and a signature, which is over the first two', () => {
    expect(splitCompact('h.p.s')).toEqual({ header: 'h', payload: 'p', signature: 's', signed: 'h.p' });
    expect(splitCompact('he.pay.sign')).toMatchObject({ header: 'he', payload: 'pay', signature: 'sign' });
  });

  it.each(['', 'h', 'h.p', 'h.p.', '.p.s', 'h..s', 'h..', '.p.', '..s', '..', '.', 'h.p.s.', 'h.p.s.t'])(
    'J6 is refused before any key is used if it has more parts, fewer or an empty one: %p',
    (token) => {
      expect(() => splitCompact(token)).toThrow('The token does not have three non-empty parts');
    },
  );
});
