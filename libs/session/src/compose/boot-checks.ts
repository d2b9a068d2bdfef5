import { SessionConfigurationError } from '../core/errors.js';
import type { SessionLogger } from '../core/logger.js';

/** What boot looks for, by name. */
export type CheckName =
  | 'no-auth'
  | 'insecure-cookie'
  | 'missing-key'
  | 'uniform-key'
  | 'local-api-tokens'
  | 'dataset-without-guard'
  | 'open-gateway'
  | 'random-key'
  | 'short-passphrase'
  | 'memory-in-cluster'
  | 'temporary-api-tokens'
  | 'default-limit'
  | 'default-issuer'
  | 'bare-gateway'
  | 'hybrid-rpc'
  | 'late-ends';

/** What no application can mean is refused; what hurts where it is not meant is told. */
const CHECKS: Readonly<Record<CheckName, 'refused' | 'told'>> = {
  'no-auth': 'refused',
  'insecure-cookie': 'refused',
  'missing-key': 'refused',
  'uniform-key': 'refused',
  'local-api-tokens': 'refused',
  'dataset-without-guard': 'refused',
  'open-gateway': 'refused',
  'random-key': 'told',
  'short-passphrase': 'told',
  'memory-in-cluster': 'told',
  'temporary-api-tokens': 'told',
  'default-limit': 'told',
  'default-issuer': 'told',
  'bare-gateway': 'told',
  'hybrid-rpc': 'told',
  'late-ends': 'told',
};

export const CHECK_NAMES = Object.keys(CHECKS) as readonly CheckName[];

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
  refuses(name: CheckName): boolean {
    return CHECKS[name] === 'refused' && this.#level === 'refuse' && !this.#except.has(name);
  }

  /**
   * @param problem what was found and how it is mended.
   * @throws SessionConfigurationError where it refuses.
   */
  found(name: CheckName, problem: string): void {
    if (this.refuses(name)) throw new SessionConfigurationError(withExemption(name, problem));
    this.warn(name, problem);
  }

  /** Tells what refuses nothing, whichever check it is. */
  warn(name: CheckName, problem: string): void {
    if (this.#level === false || this.#except.has(name)) return;
    this.#logger.warn(withExemption(name, problem));
  }
}

function withExemption(name: CheckName, problem: string): string {
  return `${problem} (if it is meant so: checks: { except: ['${name}'] })`;
}
