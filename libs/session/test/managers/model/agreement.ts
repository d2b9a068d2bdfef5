import { expect } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import { outcomeOf, type Foretold, type Outcome } from './outcome.js';
import type { HandedOut, Reference } from './reference.js';
import { EITHER } from './reference-api-tokens.js';
import type { World } from './world.js';

/** How many of all tokens ever handed out are tried after each step, another part of them each time. */
const WINDOW = 10;

/** The outcome is the one foretold, whatever text its tokens have; that they keep to. */
export function expectForetold(world: World, operation: string, actual: Outcome, foretold: Foretold): void {
  const { rule: _rule, ...expected } = foretold;
  if ('gives' in expected && expected.gives === EITHER) {
    return expect(actual).toEqual({ gives: expect.any(Boolean) });
  }
  expectSame(operation, withNames(world, actual, expected), expected);
}

/** All that can be asked without leaving a trace, and some of the tokens: what validates is counted, and the reverse. */
export async function expectAgreement(world: World, model: Reference, turn: number): Promise<void> {
  const { manager } = world;
  const agree = async (operation: string, asked: Promise<unknown>, foretold: Foretold) =>
    expectForetold(world, operation, await outcomeOf(asked), foretold);
  const told = world.takeEvents().filter((event) => !model.leavesOpen(event));
  expectSame('events', told, model.takeEvents());
  const active = await manager.nActiveSessions();
  expectSame('nActiveSessions', { gives: active }, model.nActiveSessions());
  expectSame('hasLoggedUser', await manager.hasLoggedUser(), active > 0);
  const counted: string[] = [];
  for (const username of world.users) {
    const sessions = await manager.listSessions(username);
    expectSame('listSessions', { gives: sessions }, model.listSessions(username));
    await agree('sessionToken', manager.sessionToken(username), model.sessionToken(username));
    const apiTokens = await outcomeOf(manager.listApiTokens(username));
    expectSame(
      'listApiTokens',
      world.withoutAccesses(apiTokens),
      world.withoutAccesses(model.listApiTokens(username)),
    );
    for (const session of sessions) {
      if (session.active) counted.push(session.sessionId);
      expectSame('findSession', await manager.findSession(session.sessionId), session);
    }
  }
  const browsed = await outcomeOf(
    everyPage((after) => manager.browseSessions({ after, limit: 2 }), 'sessions'),
  );
  expectSame('browseSessions', browsed, withoutRule(model.browseSessions()));
  const apiTokens = await outcomeOf(
    everyPage((after) => manager.browseApiTokens({ after, limit: 2 }), 'apiTokens'),
  );
  expectSame(
    'browseApiTokens',
    world.withoutAccesses(sortedByJti(apiTokens)),
    world.withoutAccesses(model.browseApiTokens()),
  );
  const opened = new Set<string>();
  for (const token of tried(model.handedOut, turn)) {
    // An access to an API token moves nothing; that of a session might.
    const [asked, trace] = token.session ? [world.probe, 'traceless' as const] : [manager, undefined];
    const outcome = await outcomeOf(asked.validateSession(world.textOf(token)));
    expectForetold(world, `validate ${token.name}`, outcome, model.validateSession(token, undefined, trace));
    const id = 'gives' in outcome && (outcome.gives as { sessionId?: string }).sessionId;
    if (id) opened.add(id);
  }
  expectSame('what validates and what is counted', [...opened].sort(), counted.sort());
  expectSame('how many are counted', opened.size, active);
}

/** All that the pages have, one after the other. */
async function everyPage<K extends string>(
  page: (after: string | undefined) => Promise<{ readonly next?: string } & Record<K, readonly object[]>>,
  member: K,
): Promise<object[]> {
  const all: object[] = [];
  for (let after: string | undefined, more = true; more;) {
    const { next, ...rest } = await page(after);
    all.push(...(rest as unknown as Record<K, readonly object[]>)[member]);
    after = next;
    more = next !== undefined;
  }
  return all;
}

/** In which order API tokens come is the store's to choose. */
function sortedByJti(outcome: Outcome): Outcome {
  if (!('gives' in outcome)) return outcome;
  return { gives: [...(outcome.gives as { jti: string }[])].sort((a, b) => (a.jti < b.jti ? -1 : 1)) };
}

function withoutRule({ rule: _rule, ...outcome }: Foretold): Outcome {
  return outcome;
}

/** Jest's own comparison takes its time, and is needed only to tell what differs. */
function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect({ [what]: actual }).toEqual({ [what]: expected });
}

/** The latest access token of each session, and a window of all. */
function tried(tokens: readonly HandedOut[], turn: number): Set<HandedOut> {
  const latest = new Map<string, HandedOut>();
  for (const token of tokens)
    if (token.type === 'access' && token.session) latest.set(token.session.id, token);
  const from = (turn * WINDOW) % Math.max(1, tokens.length);
  return new Set([...latest.values(), ...tokens.slice(from, from + WINDOW)]);
}

/** The outcome with the name of each token in the place of its text. */
function withNames(world: World, actual: Outcome, expected: Outcome): Outcome {
  if (!('gives' in actual) || !('gives' in expected)) return actual;
  const [given, wanted] = [actual.gives, expected.gives];
  if (typeof given === 'string' && typeof wanted === 'string') {
    // A username, or a token that was handed out before.
    return { gives: given === wanted ? given : world.book.nameOf(given, wanted) };
  }
  if (typeof given !== 'object' || given === null || typeof wanted !== 'object' || wanted === null)
    return actual;
  const named: Record<string, unknown> = { ...given };
  for (const member of ['accessToken', 'refreshToken', 'token']) {
    const [text, name] = [named[member], (wanted as Record<string, unknown>)[member]];
    if (typeof text === 'string' && typeof name === 'string') named[member] = world.book.nameOf(text, name);
  }
  return { gives: Array.isArray(given) ? given : named };
}
