import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import {
  describeWithPostgres,
  withPostgres,
} from '../../libs/session/test/stores/postgres/postgres-server.js';
import { describeWithRedis } from '../../libs/session/test/stores/redis/redis-server.js';
import { runGuide } from './run-guide.js';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const GUIDES = join(REPOSITORY, 'docs', 'guides');

const README = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');

const START = '```sh\nnpx tsc\nnode dist/main.js &\n```\n';

const APP = join(REPOSITORY, 'dist', 'main.js');
/** Starts the reference app, and waits for the password that it prints. */
const START_APP = `\`\`\`sh
PORT=3000 node '${APP}' &
until PASSWORD=$(sed -n 's/^ *alice *admin *//p' ../app.1.log | grep .); do sleep 0.1; done
\`\`\`
`;

const NAMES = readdirSync(GUIDES);
const guide = (name: string) => readFileSync(join(GUIDES, name), 'utf8');
const ON_REDIS = NAMES.filter((name) => guide(name).includes('redis-server'));
const ON_POSTGRES = NAMES.filter((name) => guide(name).includes('DATABASE_URL'));
const GUIDES_ALONE = NAMES.filter((name) => ![...ON_REDIS, ...ON_POSTGRES].includes(name));

describeWithRedis('A guide that starts a Redis server does what it says', () => {
  it.concurrent.each(ON_REDIS)('%s', (name) => runGuide(guide(name)));
});

describeWithPostgres('A guide that has a PostgreSQL database does what it says', () => {
  const server = withPostgres();

  it.each(ON_POSTGRES)('%s', (name) => {
    // The port as a parameter, which is not taken for one that the guide chose.
    const url = `postgres://postgres@127.0.0.1/postgres?port=${server().port}`;
    return runGuide(guide(name).replace('postgres://postgres@localhost/postgres', `'${url}'`));
  });
});

describe('A guide does what it says, from an empty folder', () => {
  // At once, since each mostly waits for processes that it started.
  it.concurrent.each(GUIDES_ALONE)('%s', (name) => runGuide(guide(name)));

  it.concurrent('README.md: its first program, in the folder that the first guide makes', () => {
    const [folder = ''] = readFileSync(join(GUIDES, 'first-guarded-route.md'), 'utf8').split('```ts');
    return runGuide(folder + sectionOf('First program').replace('```console', `${START}$&`));
  });

  it.concurrent('README.md: its tour of the reference app', () => {
    const tour = sectionOf('Reference app');
    const [, password = ''] = /^ *alice *admin *(\S+)$/m.exec(tour)!;
    const typed = tour.replace(/```sh\n.*?```\n/s, START_APP).replaceAll(password, `'"$PASSWORD"'`);
    return runGuide(typed);
  });
});

function sectionOf(heading: string): string {
  const section = README.split('\n## ').find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`README.md has no section "${heading}"`);
  return section;
}
