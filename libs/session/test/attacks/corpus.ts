import { ALGORITHMS } from './algorithms.js';
import type { Family, Live } from './attack.js';
import { ENCODINGS } from './encodings.js';
import { FORGED_CLAIMS } from './forged-claims.js';
import { HEADERS } from './headers.js';
import {
  AHEAD,
  CONTRADICTED_CLAIMS,
  CONTRADICTED_SESSION_CLAIMS,
  IMPOSSIBLE_CLAIMS,
  IMPOSSIBLE_RIGHTS,
  OLDER_ACCESS,
} from './impossible-claims.js';
import { BIT_FLIPS, OPAQUE } from './opaque.js';
import { SIZES } from './sizes.js';
import { STRUCTURE } from './structure.js';

const JWT: readonly Family[] = [
  ...ALGORITHMS,
  ...HEADERS,
  ...STRUCTURE,
  ...ENCODINGS,
  ...FORGED_CLAIMS,
  ...IMPOSSIBLE_CLAIMS,
  ...CONTRADICTED_CLAIMS,
  ...SIZES,
];

export const KINDS = ['access', 'refresh', 'api', 'opaque'] as const;
/** Which live token is attacked. */
export type Kind = (typeof KINDS)[number];

/** The corpus, by what it attacks. A live token is of the session's third generation, its predecessors long over. */
export const CORPUS: Readonly<Record<Kind, readonly Family[]>> = {
  access: [...JWT, ...CONTRADICTED_SESSION_CLAIMS, AHEAD, OLDER_ACCESS],
  refresh: [...JWT, ...CONTRADICTED_SESSION_CLAIMS, AHEAD],
  api: [...JWT, IMPOSSIBLE_RIGHTS],
  opaque: [...OPAQUE, BIT_FLIPS],
};

/** An attack made ready. */
export interface Forgery {
  readonly name: string;
  readonly token: string;
  readonly family: Family;
}

export function forgeries(families: readonly Family[], live: Live): Forgery[] {
  return families.flatMap((family) =>
    Object.entries(family.attacks).map(([title, forge]) => ({
      name: `${family.name}: ${title}`,
      token: forge(live),
      family,
    })),
  );
}
