import { describe, expect, it } from '@jest/globals';
import { SessionAudit } from 'nestjs-session-manager';
import { expectGuarded } from 'nestjs-session-manager/testing';
import { ADAPTERS } from './support/adapters.js';
import { ROUTES } from './support/routes.js';
import { useTestApps } from './support/use-test-apps.js';

const STRATEGIES = ['jwt', 'token', 'single'] as const;

describe.each(ADAPTERS)('The application on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it.each(STRATEGIES)(
    'boots without a warning under %s, and lets nobody in by forgetting',
    async (strategy) => {
      const { app, logger } = await apps.open({ strategy });
      expect(logger.lines.filter((line) => /^(warn|error) /.test(line))).toEqual([]);
      expectGuarded(app);
    },
  );

  it('has the routes that its tests know, and no other one is public', async () => {
    const { app } = await apps.open();
    const told = app
      .get(SessionAudit, { strict: false })
      .handlers()
      .map(({ entry, access }) => `${entry}${access === 'public' ? ' is public' : ''}`);
    const known = ROUTES.map(
      ({ method, template, isPublic }) =>
        `${method.toUpperCase()} ${template.replace(/\{(\w+)\}/g, ':$1')}${isPublic ? ' is public' : ''}`,
    );
    expect(told.sort()).toEqual(known.sort());
  });
});
