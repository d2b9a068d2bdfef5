import fc from 'fast-check';
import type { DatasetPermissions } from '../../../src/core/datasets.js';
import { TokenType } from '../../../src/core/token-type.js';
import { expectAgreement, expectForetold } from './agreement.js';
import { kindOf, outcomeOf, type Foretold, type Outcome } from './outcome.js';
import type { ApiTokenRequest, HandedOut, Presented, Reference, Target } from './reference.js';
import type { Tally } from './tally.js';
import { USERS, type World } from './world.js';

type Run = (model: Reference, world: World) => Promise<[Outcome, Foretold]>;

interface Moment {
  /** Which of the moments to come at which something changes. */
  readonly edge?: number;
  readonly offset: number;
  readonly milliseconds: number;
}

/** One operation on both, at a moment; then all that can be asked must agree. */
class Step implements fc.AsyncCommand<Reference, World> {
  constructor(
    private readonly operation: string,
    private readonly given: object,
    private readonly moment: Moment,
    private readonly act: Run,
    private readonly tally: Tally,
  ) {}

  check = () => true;

  toString = () => `${this.operation}(${fc.stringify(this.given)}) at ${fc.stringify(this.moment)}`;

  async run(model: Reference, world: World): Promise<void> {
    const time = timeOf(this.moment, model);
    world.time = time;
    model.at(time);
    const [actual, foretold] = await this.act(model, world);
    expectForetold(world, this.operation, actual, foretold);
    this.tally.note(this.operation, kindOf(foretold));
    await expectAgreement(world, model, this.tally.operations);
  }
}

function timeOf({ edge, offset, milliseconds }: Moment, model: Reference): number {
  const edges = model.edges();
  if (edge === undefined || edges.length === 0) return model.now + milliseconds;
  return edges[edge % edges.length]! + offset;
}

const atOnce = fc.constant({ offset: 0, milliseconds: 0 });
const someTimeOff = fc.record({
  offset: fc.constant(0),
  milliseconds: fc.integer({ min: -3000, max: 3000 }),
});
const atAnEdge = fc.record({
  edge: fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0), fc.nat(3)),
  offset: fc.constantFrom(-1, 0, 1),
  milliseconds: fc.constant(1),
});
const moments: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 6, arbitrary: atOnce },
  { weight: 1, arbitrary: someTimeOff },
  { weight: 2, arbitrary: atAnEdge },
);

/**
 * One of the tokens handed out: a session, counted from the latest and mostly of those that are there, and a token of
 * its type, counted from there.
 */
const picks = fc.record({
  present: fc.constantFrom(true, true, true, false),
  session: fc.oneof(fc.constant(0), fc.nat(3), fc.nat()),
  back: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
  as: fc.oneof(
    { weight: 16, arbitrary: fc.constant('wanted' as const) },
    { weight: 4, arbitrary: fc.constantFrom('access', 'refresh', 'api', 'forged', 'none') },
  ),
});
type Pick = typeof picks extends fc.Arbitrary<infer T> ? T : never;

function pick(model: Reference, { present, session, back, as }: Pick, wanted: TokenType): Presented {
  if (as === 'none') return undefined;
  if (as === 'forged') return as;
  const type = as === 'wanted' ? wanted : as;
  const ofType = model.handedOut.filter((token) => token.type === type);
  const alive = ofType.filter((token) => token.session && model.present.includes(token.session.id));
  const tokens = [present ? alive : [], ofType, model.handedOut].find((some) => some.length > 0) ?? [];
  const ids = [...new Set(tokens.map((token) => token.session?.id))].reverse();
  const own = tokens.filter((token) => token.session?.id === ids[session % ids.length]);
  return own.at(-1 - (type === 'api' ? session % own.length : Math.min(back, own.length - 1)));
}

/** Whose it is said to be: nobody's in particular, its owner's, or somebody else's. */
const claimants = fc.constantFrom(undefined, undefined, 'owner', 'bob');
const claimant = (claimed: string | undefined, token: Presented) =>
  claimed === 'owner' ? (typeof token === 'object' ? token.username : 'alice') : claimed;

const users = fc.constantFrom(...USERS, 'alice', 'alice');
const usersAndNone = fc.oneof({ weight: 19, arbitrary: users }, { weight: 1, arbitrary: fc.constant('') });
const accepted = fc.constantFrom<readonly TokenType[] | undefined>(
  ...[undefined, undefined, ['access'], ['refresh'], ['api'], ['access', 'api', 'refresh'], []].map(
    (types) => types as TokenType[] | undefined,
  ),
);

/** What one was given, where something new was: its id, which nobody could foretell. */
function idIn(outcome: Outcome, member: 'sessionId' | 'jti'): string | undefined {
  return 'gives' in outcome ? (outcome.gives as Record<string, string> | null)?.[member] : undefined;
}

/** The operations, each as an arbitrary; what comes of them is noted in the tally. */
export function stepsInto(tally: Tally): fc.Arbitrary<Step>[] {
  function step<T extends object>(
    operation: string,
    args: fc.Arbitrary<T>,
    act: (given: T, ...on: Parameters<Run>) => ReturnType<Run>,
  ) {
    return fc
      .tuple(args, moments)
      .map(([given, moment]) => new Step(operation, given, moment, (...on) => act(given, ...on), tally));
  }

  const createSession = step(
    'createSession',
    fc.record({ username: usersAndNone, details: fc.constantFrom(undefined, { label: 'phone' }) }),
    async ({ username, details }, model, world) => {
      const outcome = await outcomeOf(world.manager.createSession(username, details));
      return [outcome, model.createSession(username, details, idIn(outcome, 'sessionId'))];
    },
  );

  const validateSession = step(
    'validateSession',
    fc.record({ token: picks, accept: accepted }),
    async ({ token, accept }, model, world) => {
      const presented = pick(model, token, accept?.[0] ?? 'access');
      const options = accept && { accept };
      const outcome = await outcomeOf(world.manager.validateSession(world.textOf(presented), options));
      return [outcome, model.validateSession(presented, accept)];
    },
  );

  const sessionUsername = step(
    'sessionUsername',
    fc.record({ token: picks }),
    async ({ token }, model, world) => {
      const presented = pick(model, token, 'access');
      const outcome = await outcomeOf(world.manager.sessionUsername(world.textOf(presented)));
      return [outcome, model.sessionUsername(presented)];
    },
  );

  const refreshSession = step(
    'refreshSession',
    fc.record({ token: picks }),
    async ({ token }, model, world) => {
      const presented = pick(model, token, 'refresh');
      const outcome = await outcomeOf(world.manager.refreshSession(world.textOf(presented)));
      return [outcome, model.refreshSession(presented)];
    },
  );

  const invalidateSession = step(
    'invalidateSession',
    fc.record({ token: picks, by: fc.constantFrom('token', 'jti', 'sessionId'), claimed: claimants }),
    async ({ token, by, claimed }, model, world) => {
      const presented = pick(model, token, 'access');
      const username = claimant(claimed, presented);
      const target = targetOf(presented, by);
      const real = target.by === 'token' ? world.textOf(target.token) : target;
      const outcome = await outcomeOf(world.manager.invalidateSession(real, { username }));
      return [outcome, model.invalidateSession(target, username)];
    },
  );

  const invalidateAllSessions = step(
    'invalidateAllSessions',
    fc.record({
      username: users,
      except: fc.option(picks),
      apiTokens: fc.constantFrom(undefined, true, false),
    }),
    async ({ username, except, apiTokens }, model, world) => {
      const kept = except ? pick(model, except, 'access') : undefined;
      const options = {
        ...(typeof kept === 'object' && { except: kept.session?.id ?? 'not a session' }),
        ...(apiTokens !== undefined && { apiTokens }),
      };
      const outcome = await outcomeOf(world.manager.invalidateAllSessions(username, options));
      return [outcome, model.invalidateAllSessions(username, options)];
    },
  );

  const createApiToken = step(
    'createApiToken',
    fc.record({
      username: usersAndNone,
      expiration: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(undefined, 'soon' as const)),
      datasets: fc.constantFrom<DatasetPermissions | undefined>(undefined, {}, { scan: ['read'] }),
      label: fc.constantFrom(undefined, 'ci'),
    }),
    async ({ username, expiration, datasets, label }, model, world) => {
      const request: ApiTokenRequest = {
        expiration: expiration === 'soon' ? new Date(model.now + 2500) : expiration,
        ...(datasets && { datasets }),
        ...(label !== undefined && { label }),
      };
      const outcome = await outcomeOf(world.manager.createApiToken(username, request));
      return [outcome, model.createApiToken(username, request, idIn(outcome, 'jti'))];
    },
  );

  const invalidateApiToken = step(
    'invalidateApiToken',
    fc.record({ token: picks, by: fc.constantFrom('token', 'jti'), claimed: claimants }),
    async ({ token, by, claimed }, model, world) => {
      const presented = pick(model, token, 'api');
      const username = claimant(claimed, presented);
      const named = by === 'jti' && typeof presented === 'object' && { jti: presented.name };
      const outcome = await outcomeOf(
        world.manager.invalidateApiToken(named || world.textOf(presented)!, { username }),
      );
      return [outcome, model.invalidateApiToken(named || { token: presented }, username)];
    },
  );

  const cleanup = step('cleanupExpiredSessions', fc.record({}), async (_, model, world) => {
    const outcome = await outcomeOf(world.manager.cleanupExpiredSessions());
    return [outcome, model.cleanupExpiredSessions()];
  });

  const restart = step('restart', fc.record({}), async (_, model, world) => {
    model.restart(await world.start());
    return [{ gives: null }, { gives: null }];
  });

  const often = [createSession, validateSession, refreshSession, refreshSession, createSession];
  const now = [sessionUsername, invalidateSession, createApiToken, validateSession];
  return [...often, ...often, ...now, invalidateAllSessions, invalidateApiToken, cleanup, restart];
}

function targetOf(token: Presented, by: 'token' | 'jti' | 'sessionId'): Target {
  if (by === 'token' || typeof token !== 'object') return { by: 'token', token };
  return by === 'jti' ? { by, jti: token.name } : { by, sessionId: sessionOf(token) };
}

function sessionOf({ name, session }: HandedOut): string {
  return session?.id ?? name;
}
