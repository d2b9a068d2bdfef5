import fc from 'fast-check';
import type { ApiTokenRecord } from '../../../src/core/api-token-store.js';
import { isUsername, type SessionRecord } from '../../../src/core/session.js';
import { SECOND } from '../../../src/util/clock.js';

const time = fc.integer({ min: 1, max: 0xffff_ffff }).map((second) => second * SECOND);
const optionalTime = fc.option(time, { nil: undefined });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const value = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
/** Any name but those of a record's own, which a further one cannot have. */
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((given) => `_${given}`);

/** Any record of a session, with members that this version does not know. */
export const anySession: fc.Arbitrary<SessionRecord> = fc
  .record({
    id: fc.base64String(),
    username: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter(isUsername),
    generation: fc.integer({ min: 0, max: 0xffffff }),
    createdAt: time,
    issuedAt: time,
    lastAccessed: time,
    expiresAt: time,
    activeUntil: time,
    refreshExpiresAt: optionalTime,
    renewableUntil: time,
    previousUntil: optionalTime,
    endsAt: optionalTime,
    idleTimeout: optionalTime,
    slideBy: optionalTime,
    attempt: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
    details: fc.option(fc.dictionary(text, text, { minKeys: 1 }), { nil: undefined }),
    claims: fc.option(fc.dictionary(text, value), { nil: undefined }),
    authenticatedAt: optionalTime,
    amr: fc.option(fc.array(text), { nil: undefined }),
  })
  .chain((known) =>
    fc.dictionary(name, fc.jsonValue({ depthSize: 'small' })).map((unknown) => ({ ...unknown, ...known })),
  );

const times = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const texts = fc.string({ unit: 'binary', maxLength: 60 });
/** Any record of an API token. */
export const anyApiToken: fc.Arbitrary<ApiTokenRecord> = fc.record(
  {
    jti: texts,
    username: texts,
    issuedAt: times,
    expiresAt: times,
    lastAccessed: times,
    label: texts,
    strange: fc.jsonValue(),
  },
  { requiredKeys: ['jti', 'expiresAt'] },
);

/** As JSON has it, which knows one zero; an absent member and one of value `undefined` are the same. */
export function saidBy(given: object): unknown {
  return JSON.parse(JSON.stringify(given));
}
