import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where and how the figures come about. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly v8: string;
  readonly flags: readonly string[];
  /** How busy the machine was in the minute before. */
  readonly load: number;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    v8: process.versions.v8,
    flags: [...process.execArgv, ...(process.env.NODE_OPTIONS?.split(/\s+/).filter(Boolean) ?? [])],
    load: loadavg()[0]!,
  };
}
