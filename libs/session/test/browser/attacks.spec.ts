import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { CookieTransport } from '../../src/nest/transports/cookie.transport.js';
import { PLATFORMS } from '../support/nest-app.js';
import { describeInBrowser, launch } from './chromium.js';
import { startAttackers, startVictim, type Attackers, type Victim } from './sites.js';

type Origin = keyof Attackers['origins'];
type Attack = (page: Page, victim: Victim) => Promise<unknown>;

/** The login comes last: where it succeeds, Alice is somebody else from then on. */
const ATTACKS: readonly (readonly [name: string, from: Origin, attack: Attack])[] = [
  ['a fetch from another site', 'another site', fetchMove],
  ['a form from another site', 'another site', formMove],
  ['a fetch from a sibling', 'a sibling', fetchMove],
  ['a form from a sibling', 'a sibling', formMove],
  ['a form from http', 'http', formMove],
  ['a fetch from another port', 'another port', fetchMove],
  ['a WebSocket from another site', 'another site', socketMove],
  ['a WebSocket from a sibling', 'a sibling', socketMove],
  ['a login by form', 'another site', formLogin],
];

const UNDER_LAX = [
  'a fetch from a sibling',
  'a form from a sibling',
  'a fetch from another port',
  'a WebSocket from a sibling',
  'a login by form',
];
/** What gets through without the rule; the rest Chromium holds, by blocking third-party cookies. */
const WITHOUT_RULE = {
  lax: UNDER_LAX,
  none: [...UNDER_LAX, 'a form from another site', 'a form from http'],
} as const;

/** The same cookies with the rule off. */
class Unruled extends CookieTransport {
  override check(): void {}
}

describeInBrowser('Attacks on cookies, in a browser', () => {
  let browser: Browser;
  let attackers: Attackers;
  beforeAll(async () => {
    [browser, attackers] = await Promise.all([launch(), startAttackers()]);
  });
  afterAll(async () => {
    await browser.close();
    attackers.close();
  });

  const cells = PLATFORMS.flatMap((platform) =>
    (['lax', 'strict', 'none'] as const).map((sameSite) => [platform, sameSite] as const),
  );

  it.each(cells)('B2 on %s none of the nine moves anything, SameSite %s', async (platform, sameSite) => {
    const victim = await startVictim(platform, new CookieTransport({ sameSite }));
    expect(await successful(victim)).toEqual([]);
    await victim.close();
  });

  it.each(['lax', 'none'] as const)(
    'B2 with the rule off those succeed that it is there for, SameSite %s',
    async (sameSite) => {
      const victim = await startVictim('Express', new Unruled({ sameSite }));
      expect((await successful(victim)).sort()).toEqual([...WITHOUT_RULE[sameSite]].sort());
      await victim.close();
    },
  );

  /** Those of the attacks that move something in the name of Alice, or make her somebody else. */
  async function successful(victim: Victim): Promise<string[]> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const [own, foreign] = [await context.newPage(), await context.newPage()];
    await own.goto(victim.origin);
    await own.evaluate(() =>
      fetch('/login', { method: 'POST', body: new URLSearchParams({ name: 'alice' }) }),
    );
    // Without this nothing would be proved: a page of its own does move something.
    await own.evaluate(() => fetch('/move', { method: 'POST' }));
    expect(victim.moves).toEqual(['alice']);

    const names: string[] = [];
    for (const [name, from, attack] of ATTACKS) {
      const before = victim.moves.length;
      await foreign.goto(attackers.origins[from]);
      await attack(foreign, victim);
      if (victim.moves.length > before || (await whoIs(own)) !== 'alice') names.push(name);
    }
    await context.close();
    return names;
  }
});

function whoIs(page: Page): Promise<string> {
  return page.evaluate(async () => ((await (await fetch('/me')).json()) as { name: string }).name);
}

/** With a header of its own, as CORS that reflects every origin lets it. */
function fetchMove(page: Page, victim: Victim): Promise<unknown> {
  return page.evaluate(
    (url) =>
      fetch(url, { method: 'POST', credentials: 'include', headers: { 'X-Requested-With': 'fetch' } }).then(
        ({ status }) => status,
        String,
      ),
    `${victim.origin}/move`,
  );
}

function formMove(page: Page, victim: Victim): Promise<unknown> {
  return submit(page, `${victim.origin}/move`, {});
}

function formLogin(page: Page, victim: Victim): Promise<unknown> {
  return submit(page, `${victim.origin}/login`, { name: 'mallory' });
}

/** Posts a form, and waits for what it is answered. */
async function submit(page: Page, action: string, fields: Record<string, string>): Promise<void> {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  await page.setContent(`<form method="post" action="${action}">${inputs.join('')}</form>`);
  const answered = page.waitForNavigation({ url: action });
  await page.evaluate('document.forms[0].submit()');
  await answered;
}

/** Opens a connection, sends a message, and waits for the answer or the end. */
function socketMove(page: Page, victim: Victim): Promise<unknown> {
  return page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send('move');
        socket.onmessage = resolve;
        socket.onclose = resolve;
      }).then(() => undefined),
    victim.origin.replace('https', 'wss'),
  );
}
