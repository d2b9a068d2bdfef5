import { describe } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const EXECUTABLE = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);

if (EXECUTABLE === undefined) {
  const missing = 'no test runs in a browser, since there is none at CHROMIUM_PATH or /usr/bin/chromium';
  if (process.env.CI) throw new Error(missing);
  process.stderr.write(`SKIPPED: ${missing}\n`);
}

/** As `describe`; skipped, after one loud line, on a machine without the browser; in CI that is a failure. */
export const describeInBrowser = EXECUTABLE === undefined ? describe.skip : describe;

/** A browser for which every name under `.test` is this machine, and every certificate is good. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--host-resolver-rules=MAP *.test 127.0.0.1',
      '--ignore-certificate-errors',
      // Root has no other way to start it.
      '--no-sandbox',
    ],
  });
}
