import fc from 'fast-check';
import type { Forge, Live } from '../attacks/attack.js';
import { CORPUS, KINDS } from '../attacks/corpus.js';
import { handMade, HEADER } from '../tokens/fixtures.js';
import { anyJson, anyStep, anySteps, anyText } from './texts.js';

/** What is presented as a token, to be made of a live one. */
export interface FuzzedToken {
  /** Which of the live tokens it is made of: any number. */
  readonly of: number;
  readonly forge: Forge;
  /** Whether the server's key may have signed it, so that nothing is wrong if it is accepted. */
  readonly sealed: boolean;
}

/** RSA and elliptic curves take too long to sign for a million. */
const CORPUS_FORGES = KINDS.flatMap((kind) =>
  CORPUS[kind]
    .filter(({ name }) => name !== 'another algorithm, really used')
    .flatMap(({ attacks }) => Object.values(attacks)),
);

const CLAIMS = ['iss', 'aud', 'sub', 'exp', 'iat', 'nbf', 'jti', 'type', 'datasets', '__proto__', 'x'];

const anyClaim = fc.tuple(
  fc.constantFrom(...CLAIMS),
  fc.oneof(
    anyJson,
    fc.constantFrom<unknown>('access', 'refresh', 'api', 'demo/READ', 'alice', 'bob'),
    fc.constantFrom<unknown>('plantdb-api', 'plantdb-client', ['plantdb-client']),
    fc.integer({ min: 1_700_000_000, max: 1_800_000_000 }),
  ),
);

const anyHeader = fc.oneof(
  { weight: 4, arbitrary: fc.constant(HEADER) },
  { weight: 1, arbitrary: anyStep.map((step) => step(HEADER)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('alg', 'typ', 'crit', 'kid', 'jku', 'b64'), anyJson)
      .map(([name, value]) => JSON.stringify({ alg: 'HS512', typ: 'JWT', [name]: value })),
  },
);

const anyForge: fc.Arbitrary<readonly [Forge, sealed: boolean]> = fc.oneof(
  { weight: 6, arbitrary: anySteps.map((step) => [(live: Live) => step(live.token), false] as const) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...CORPUS_FORGES), anySteps)
      .map(([forge, step]) => [(live: Live) => step(attempt(forge, live)), true] as const),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(anyHeader, fc.array(anyClaim, { minLength: 1, maxLength: 3 }))
      .map(([header, changes]) => {
        const forge: Forge = (live) =>
          handMade(header, Object.fromEntries([...Object.entries(claimsIn(live)), ...changes]), live.key);
        return [forge, true] as const;
      }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyHeader, anyStep)
      .map(
        ([header, step]) =>
          [(live: Live) => handMade(header, step(JSON.stringify(claimsIn(live))), live.key), true] as const,
      ),
  },
  { weight: 2, arbitrary: anyText.map((text) => [() => text, false] as const) },
);

export const anyToken: fc.Arbitrary<FuzzedToken> = fc
  .tuple(fc.nat(1000), anyForge)
  .map(([of, [forge, sealed]]) => ({ of, forge, sealed }));

/** What a JWT says; an opaque token says nothing. */
function claimsIn(live: Live): object {
  return live.token.includes('.') ? live.claims : {};
}

/** Forges of JWTs have nothing to take apart in an opaque token. */
function attempt(forge: Forge, live: Live): string {
  try {
    return String(forge(live));
  } catch {
    return '';
  }
}
