import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import { runGuide } from './run-guide.js';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const GUIDES = join(REPOSITORY, 'docs', 'guides');

const START = '```sh\nnpx tsc\nnode dist/main.js &\n```\n';

describe('A guide does what it says, from an empty folder', () => {
  // At once, since each mostly waits for processes that it started.
  it.concurrent.each(readdirSync(GUIDES))('%s', (name) => runGuide(readFileSync(join(GUIDES, name), 'utf8')));

  it.concurrent('README.md: its first program, in the folder that the first guide makes', () => {
    const [folder = ''] = readFileSync(join(GUIDES, 'first-guarded-route.md'), 'utf8').split('```ts');
    const [firstPage = ''] = readFileSync(join(REPOSITORY, 'README.md'), 'utf8').split('\n## ');
    return runGuide(folder + firstPage.replace('```console', `${START}$&`));
  });
});
