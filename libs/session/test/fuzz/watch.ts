import { expect } from '@jest/globals';
import type { SessionLogger } from '../../src/core/logger.js';
import { prototypeMembers } from '../support/prototypes.js';

/** Controls, line separators, and what turns the direction of text. */
// eslint-disable-next-line no-control-regex -- control characters are the subject
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;

/** Longer than any identifier in a log, and shorter than any signature. */
const CREDENTIAL = /[\w-]{40}/;

/**
 * Looks on while inputs come: at every log entry as it is written, and at the prototypes. (At rejections that nobody
 * handles Jest looks, and fails the test.)
 */
export class Watch {
  readonly logger: SessionLogger;
  entries = 0;
  readonly #secrets: readonly string[];
  readonly #faults: string[] = [];
  readonly #members = prototypeMembers();

  /** @param secrets what no entry may hold. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    const look = (entry: string) => this.see(entry);
    this.logger = { debug: look, log: look, warn: look, error: look };
  }

  see(entry: string): void {
    this.entries += 1;
    if (UNPRINTABLE.test(entry)) this.#faults.push(`more than a line: ${JSON.stringify(entry)}`);
    if (CREDENTIAL.test(entry)) this.#faults.push(`what looks like a token: ${entry}`);
    if (this.#secrets.some((secret) => entry.includes(secret))) this.#faults.push(`a secret: ${entry}`);
  }

  expectClean(): void {
    expect(this.#faults).toEqual([]);
    expect(prototypeMembers()).toEqual(this.#members);
  }
}

/** The part of a token that opens something, and a key as a log might show it. */
export function secretsOf(tokens: readonly string[], key: Uint8Array): string[] {
  const bytes = Buffer.from(key);
  return [
    ...tokens.map((token) => token.slice(token.lastIndexOf('.') + 1)),
    ...(['latin1', 'hex', 'base64'] as const).map((encoding) => bytes.toString(encoding, 0, 24)),
  ];
}
