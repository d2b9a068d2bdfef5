import { SessionConfigurationError } from '../core/errors.js';
import type { SessionLogger } from '../core/logger.js';

/** What is wrong for certain: an accident, of which a service with users is not to know only by its consequences. */
const WRONG = [
  'no-auth',
  'insecure-cookie',
  'missing-key',
  'uniform-key',
  'local-api-tokens',
  'dataset-without-guard',
  'open-gateway',
] as const;

/** What may be meant, and hurts where it is not. */
const DOUBTFUL = [
  'random-key',
  'short-passphrase',
  'memory-in-cluster',
  'temporary-api-tokens',
  'default-limit',
  'default-issuer',
  'bare-gateway',
  'hybrid-rpc',
  'late-ends',
] as const;

/** What boot looks for, by name. */
export type CheckName = (typeof WRONG)[number] | (typeof DOUBTFUL)[number];

export const CHECK_NAMES: readonly CheckName[] = [...WRONG, ...DOUBTFUL];

/** What becomes of what boot finds. */
export interface CheckOptions {
  /**
   * `'refuse'`: what is wrong for certain refuses to boot, and the rest is told; `'warn'`: all of it is told; `false`:
   * nobody looks. Default: `'refuse'` under `NODE_ENV=production`, else `'warn'`.
   */
  readonly level?: 'refuse' | 'warn' | false;
  /** What is meant so. Default: `[]`. */
  readonly except?: readonly CheckName[];
}

/** Whether this is a service with users, by what containers and hosts of such services say. */
export function inProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}

/** Says what boot found, as the option `checks` wants it. */
export class BootChecks {
  readonly #level: CheckOptions['level'];
  readonly #except: ReadonlySet<CheckName>;
  readonly #logger: SessionLogger;

  constructor(
    { level = inProduction() ? 'refuse' : 'warn', except = [] }: CheckOptions = {},
    logger: SessionLogger,
  ) {
    this.#level = level;
    this.#except = new Set(except);
    this.#logger = logger;
  }

  /** Whether it would refuse to boot for this. */
  refuses(name: (typeof WRONG)[number]): boolean {
    return this.#level === 'refuse' && !this.#except.has(name);
  }

  /**
   * @param problem what was found and how it is mended.
   * @throws SessionConfigurationError where it refuses.
   */
  wrong(name: (typeof WRONG)[number], problem: string): void {
    if (this.refuses(name)) throw new SessionConfigurationError(withExemption(name, problem));
    this.warn(name, problem);
  }

  warn(name: CheckName, problem: string): void {
    if (this.#level === false || this.#except.has(name)) return;
    this.#logger.warn(withExemption(name, problem));
  }
}

function withExemption(name: CheckName, problem: string): string {
  return `${problem} (if it is meant so: checks: { except: ['${name}'] })`;
}
