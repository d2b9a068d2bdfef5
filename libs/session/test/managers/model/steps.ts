import fc from 'fast-check';
import type { DatasetPermissions } from '../../../src/core/datasets.js';
import type { TokenType } from '../../../src/core/token-type.js';
import { expectAgreement, expectForetold } from './agreement.js';
import { moments, timeOf, type Moment } from './moments.js';
import { kindOf, outcomeOf, type Foretold, type Outcome } from './outcome.js';
import { claimant, claimants, pick, picks } from './picks.js';
import type { ApiTokenRequest, HandedOut, Presented, Reference, Target } from './reference.js';
import type { Tally } from './tally.js';
import { USERS, type World } from './world.js';

type Run = (model: Reference, world: World) => Promise<[Outcome, Foretold]>;

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
      const owner = claimant(claimed, presented);
      const target = targetOf(presented, by);
      const real = target.by === 'token' ? world.textOf(target.token) : target;
      const outcome = await outcomeOf(world.manager.invalidateSession(real, owner));
      return [outcome, model.invalidateSession(target, owner)];
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

  const invalidateEverySession = step(
    'invalidateEverySession',
    fc.record({ except: fc.option(picks), apiTokens: fc.constantFrom(undefined, true, false) }),
    async ({ except, apiTokens }, model, world) => {
      const kept = except ? pick(model, except, 'access') : undefined;
      const options = {
        ...(typeof kept === 'object' && { except: kept.session?.id ?? 'not a session' }),
        ...(apiTokens !== undefined && { apiTokens }),
      };
      const outcome = await outcomeOf(world.manager.invalidateEverySession(options));
      return [outcome, model.invalidateEverySession(options)];
    },
  );

  const updateSession = step(
    'updateSession',
    fc.record({ token: picks, label: fc.constantFrom('phone', 'laptop', null), claimed: claimants }),
    async ({ token, label, claimed }, model, world) => {
      const presented = pick(model, token, 'access');
      const owner = claimant(claimed, presented);
      const sessionId = typeof presented === 'object' ? sessionOf(presented) : 'not a session';
      const outcome = await outcomeOf(
        world.manager.updateSession({ sessionId }, { details: { label } }, owner),
      );
      return [outcome, model.updateSession(sessionId, label, owner)];
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
      const owner = claimant(claimed, presented);
      const named = by === 'jti' && typeof presented === 'object' && { jti: presented.name };
      const outcome = await outcomeOf(
        world.manager.invalidateApiToken(named || world.textOf(presented)!, owner),
      );
      return [outcome, model.invalidateApiToken(named || { token: presented }, owner)];
    },
  );

  const cleanup = step('cleanupExpiredSessions', fc.record({}), async (_, model, world) => {
    const outcome = await outcomeOf(world.manager.cleanupExpiredSessions());
    return [outcome, model.cleanupExpiredSessions()];
  });

  const restart = step('restart', fc.record({}), async (_, model, world) => {
    // A start takes its time: within the millisecond of an end of all, a new process would make no API token.
    model.at(model.now + 1000);
    world.time = model.now;
    model.restart(await world.start());
    return [{ gives: null }, { gives: null }];
  });

  const often = [createSession, validateSession, refreshSession, refreshSession, createSession];
  const now = [sessionUsername, invalidateSession, createApiToken, validateSession];
  const seldom = [invalidateAllSessions, invalidateEverySession, updateSession, invalidateApiToken];
  return [...often, ...often, ...now, ...seldom, cleanup, restart];
}

function targetOf(token: Presented, by: 'token' | 'jti' | 'sessionId'): Target {
  if (by === 'token' || typeof token !== 'object') return { by: 'token', token };
  return by === 'jti' ? { by, jti: token.name } : { by, sessionId: sessionOf(token) };
}

function sessionOf({ name, session }: HandedOut): string {
  return session?.id ?? name;
}
