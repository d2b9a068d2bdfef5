import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import { runGuide } from './run-guide.js';

const GUIDES = join(import.meta.dirname, '..', '..', 'docs', 'guides');

/** Far more than a guide takes on an idle machine. */
const PATIENCE_MS = 180_000;

describe('A guide does what it says, from an empty folder', () => {
  // At once, since each mostly waits for processes that it started.
  it.concurrent.each(readdirSync(GUIDES))(
    '%s',
    (name) => runGuide(readFileSync(join(GUIDES, name), 'utf8')),
    PATIENCE_MS,
  );
});
