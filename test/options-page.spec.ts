import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSessionManager } from '../libs/session/src/compose/create-session-manager.js';
import { COOKIE_DEFAULTS, CookieTransportOptions } from '../libs/session/src/compose/cookie-options.js';
import { VERIFIER_DEFAULTS } from '../libs/session/src/compose/create-session-verifier.js';
import {
  JwtSessionOptions,
  NoAuthSessionOptions,
  SingleSessionOptions,
  TokenSessionOptions,
} from '../libs/session/src/compose/options.js';
import { JwksVerifierOptions } from '../libs/session/src/compose/verifier-options.js';
import { SILENT } from '../libs/session/src/testing/silent-logger.js';
import { POLICY_DEFAULTS } from '../libs/session/src/core/session-policy.js';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/options.md'), 'utf8');
const STRATEGIES = {
  token: TokenSessionOptions,
  single: SingleSessionOptions,
  jwt: JwtSessionOptions,
  'no-auth': NoAuthSessionOptions,
} as const;

describe('docs/options.md', () => {
  it('is what npm run docs:options makes of the options as they are', () => {
    const script = join(ROOT, 'scripts/options-page.js');
    const made = execFileSync(process.execPath, [script, '--print'], { encoding: 'utf8' });
    expect(PAGE).toBe(made);
  });

  it('has a heading for each option that is checked, under whoever takes it, and no other', () => {
    const told: Record<string, string[]> = {};
    for (const { name, takers } of sections()) (told[name] ??= []).push(...takers);
    expect(told).toEqual(takersByOption());
  });

  it('lists every heading at its top, and tells no default there that it does not tell below', () => {
    const rows = [...PAGE.matchAll(/^\| \[(.+)\]\(#\S+\) \| .+ \| (.+) \|$/gm)];
    expect(rows.map(([, heading, fallback]) => [heading, fallback])).toEqual(
      sections().map(({ heading, fallback }) => [heading, fallback]),
    );
  });

  it.each(['token', 'single', 'jwt', 'no-auth'] as const)('tells the policy’s defaults of %s', (strategy) => {
    const policy: Partial<Record<string, unknown>> = { ...POLICY_DEFAULTS[strategy] };
    const taken = sections().filter(
      ({ name, takers }) => takers.includes(strategy) && policy[name] !== undefined,
    );
    expect(taken).not.toEqual([]);
    for (const { name, fallback } of taken) expect(`${name}: ${fallback}`).toContain(String(policy[name]));
  });

  it('tells the defaults of a verifier', () => {
    for (const [option, value] of Object.entries(VERIFIER_DEFAULTS)) {
      expect(sections()).toContainEqual(
        expect.objectContaining({
          name: option,
          takers: expect.arrayContaining(['JwksVerifierModule']),
          fallback: String(value),
        }),
      );
    }
  });

  it('tells the defaults of cookies', () => {
    for (const [option, value] of Object.entries(COOKIE_DEFAULTS)) {
      const fallback = JSON.stringify(value).replace(/"/g, "'");
      expect(sectionOf(option)).toMatchObject({ takers: ['CookieTransport'], fallback: `\`${fallback}\`` });
    }
  });

  it('tells whose tokens they are by default', async () => {
    const manager = await createSessionManager({ strategy: 'jwt', logger: SILENT });
    const { accessToken } = (await manager.createSession('alice'))!;
    const { issuer, audience } = await manager.validateSession(accessToken);
    expect(sectionOf('issuer').fallback).toContain(`'${issuer}'`);
    expect(sectionOf('audience').fallback).toContain(`'${audience}'`);
    expect(sectionOf('secretSalt').fallback).toContain(`'${issuer}'`);
  });

  it('tells of each option that counts seconds that it does, and its bounds', () => {
    const spans = [...Object.values(STRATEGIES), JwksVerifierOptions].flatMap(checksOf).flatMap(secondsIn);
    expect(spans).not.toEqual([]);
    for (const [name, span] of spans) {
      const { text } = sectionOf(name);
      expect([name, text]).toEqual([name, expect.stringContaining(span)]);
      expect([name, text]).toEqual([name, expect.stringContaining('seconds')]);
    }
  });
});

interface Section {
  readonly heading: string;
  readonly name: string;
  readonly text: string;
  readonly fallback: string;
  readonly takers: readonly string[];
}

function sections(): Section[] {
  return PAGE.split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading] = section.split('\n', 1);
      const [, text, fallback, takers] = /\n\n(.+)\n\n- Default: (.+)\n- Taken by: (.+)\n- Type: /s.exec(
        section,
      )!;
      return {
        heading: heading!,
        name: /^`(\w+)`/.exec(heading!)![1]!,
        text: text!,
        fallback: fallback!,
        takers: takersIn(takers!),
      };
    });
}

function sectionOf(option: string): Section {
  return sections().find(({ name }) => name === option)!;
}

function takersIn(text: string): string[] {
  return text
    .split(', ')
    .flatMap((taker) => (taker === 'every strategy' ? Object.keys(STRATEGIES) : taker.slice(1, -1)));
}

/** By each option whoever takes it, as the checks at boot have it. */
function takersByOption(): Record<string, string[]> {
  const takers: Record<string, string[]> = {};
  for (const [taker, OptionClass] of [
    ...Object.entries(STRATEGIES),
    ['JwksVerifierModule', JwksVerifierOptions] as const,
    ['CookieTransport', CookieTransportOptions] as const,
  ]) {
    const names = new Set(checksOf(OptionClass).map(({ propertyName }) => propertyName));
    names.delete('strategy');
    for (const name of names) (takers[name] ??= []).push(taker);
  }
  return takers;
}

function checksOf(OptionClass: abstract new () => object) {
  return getMetadataStorage().getTargetValidationMetadatas(OptionClass, '', false, false);
}

/** The option of a check that takes seconds, and their bounds. */
function secondsIn({
  propertyName,
  message,
}: ReturnType<typeof checksOf>[number]): [name: string, span: string][] {
  const span = /whole number of seconds from (\d+ to \d+)/.exec(String(message))?.[1];
  return span === undefined ? [] : [[propertyName, span]];
}
