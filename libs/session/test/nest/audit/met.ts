import type { AuditedHandler, HandlerAccess } from '../../../src/nest/audit/audited-handler.js';

/** Who is let in: without a credential, and with one that is none. */
export interface Met {
  readonly anonymous: boolean;
  readonly garbage: boolean;
}

const MET: Readonly<Record<HandlerAccess, Met>> = {
  guarded: { anonymous: false, garbage: false },
  'guarded-with-dataset': { anonymous: false, garbage: false },
  optional: { anonymous: true, garbage: false },
  public: { anonymous: true, garbage: true },
  unguarded: { anonymous: true, garbage: true },
};

/** What is to be met by who has to pass all of these. */
export function met(...handlers: readonly AuditedHandler[]): Met {
  const each = handlers.map(({ access }) => MET[access]);
  return {
    anonymous: each.every(({ anonymous }) => anonymous),
    garbage: each.every(({ garbage }) => garbage),
  };
}
