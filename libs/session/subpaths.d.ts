export interface Subpath {
  /** As `exports` has it: `./testing`. */
  readonly subpath: string;
  /** As users write it: `nestjs-session-manager/testing`. */
  readonly specifier: string;
  /** Where it is in `src` and in both builds, without the suffix: `testing/index`. */
  readonly module: string;
}

export const SUBPATHS: readonly Subpath[];
