import { jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiTokenRecord, SignedApiToken } from '../../src/core/api-token-store.js';
import type { SweepBudget } from '../../src/core/session-store.js';
import type { SessionLogger } from '../../src/core/logger.js';
import {
  FileApiTokenStore,
  type FileApiTokenStoreOptions,
} from '../../src/stores/file/file-api-token.store.js';

/** When the tests of files take place. */
export const START = Date.UTC(2026, 0, 1, 12);
export const HOUR = 3_600_000;

/** As much as a sweep may want. */
export const AT_EASE: SweepBudget = { budgetMs: 10_000, batchSize: 1000 };

/** A folder for the file of API tokens, and stores on it. */
export class TokenFolder {
  readonly folder = mkdtempSync(join(tmpdir(), 'nsm-tokens-'));
  readonly path = join(this.folder, 'api_token.txt');
  readonly warnings: string[] = [];
  readonly #logger: SessionLogger = {
    debug: jest.fn(),
    log: jest.fn(),
    warn: (line) => this.warnings.push(line),
    error: jest.fn(),
  };

  /** A store of its own, as another process would have; looks at the file every time unless told otherwise. */
  open(
    maxStaleness: number | 'by default' = 0,
    given: Pick<FileApiTokenStoreOptions, 'compactAbove'> = {},
  ): FileApiTokenStore {
    const chosen = maxStaleness === 'by default' ? {} : { maxStaleness };
    return new FileApiTokenStore(this.folder, { logger: this.#logger, ...chosen, ...given });
  }

  /** A store that compacts the file whenever most of its lines count no more, however small it is. */
  openCompacting(): FileApiTokenStore {
    return this.open(0, { compactAbove: 0 });
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  get text(): string {
    return readFileSync(this.path, 'utf8');
  }

  /** Writes the file as another program, or a mishap, might have left it. */
  write(...lines: string[]): void {
    writeFileSync(this.path, lines.join('\n'), { mode: 0o600 });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function tokenOf(username: string, jti: string, given: Partial<ApiTokenRecord> = {}): ApiTokenRecord {
  return { jti, username, issuedAt: START, expiresAt: START + HOUR, ...given };
}

export function signedBy(username: string, issuedAt = START): SignedApiToken {
  return { username, issuedAt };
}

/** Whether the token of that `jti`, signed for that user, is good. */
export async function isGood(store: FileApiTokenStore, jti: string, username = 'alice'): Promise<boolean> {
  return (await store.access(jti, signedBy(username), START)) !== undefined;
}
