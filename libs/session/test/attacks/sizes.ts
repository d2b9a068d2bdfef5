import { handMade, HEADER, keyBytes } from '../tokens/fixtures.js';
import type { Family } from './attack.js';

/** A token has 8192 characters at most; longer ones are refused unread. */
export const SIZES: readonly Family[] = [
  {
    name: 'sizes',
    attacks: {
      '1 character': () => 'e',
      '8192 characters': () => 'A'.repeat(8192),
      '8193 characters': () => 'A'.repeat(8193),
      '100 kB': () => 'A'.repeat(100_000),
      '10,000 full stops': () => '.'.repeat(10_000),
      '8192 full stops': () => '.'.repeat(8192),
      'three parts of 8192 characters in all': () =>
        `${'A'.repeat(2730)}.${'A'.repeat(2730)}.${'A'.repeat(2730)}`,
      'the live token and 8 kB': ({ token }) => token + 'A'.repeat(8192),
      'the live token within 8 kB of full stops': ({ token }) => token + '.'.repeat(8192 - token.length),
      'the live token a hundred times': ({ token }) => token.repeat(100),
      'claims of 6 kB, signed by another key': (live) =>
        handMade(HEADER, { ...live.claims, x: 'x'.repeat(5500) }, keyBytes('z')),
      'claims of 20 kB, well signed': (live) =>
        handMade(HEADER, { ...live.claims, x: 'x'.repeat(20_000) }, live.key),
      'a header of 20 kB, well signed': (live) =>
        handMade({ alg: 'HS512', typ: 'JWT', x: 'x'.repeat(20_000) }, live.claims, live.key),
      'claims 2,500 deep, well signed': (live) =>
        handMade(HEADER, '['.repeat(2500) + ']'.repeat(2500), live.key),
      'a claim 2,500 deep in place of sub, well signed': (live) =>
        handMade(
          HEADER,
          JSON.stringify({ ...live.claims, sub: 'DEEP' }).replace(
            '"DEEP"',
            '['.repeat(2500) + ']'.repeat(2500),
          ),
          live.key,
        ),
      '700 members, none of them ours, well signed': (live) =>
        handMade(
          HEADER,
          Object.fromEntries(Array.from({ length: 700 }, (_, i) => [i.toString(36), 0])),
          live.key,
        ),
      'a number of 5,000 digits for exp, well signed': (live) =>
        handMade(
          HEADER,
          JSON.stringify({ ...live.claims, exp: 'LONG' }).replace('"LONG"', '9'.repeat(5000)),
          live.key,
        ),
    },
  },
];
