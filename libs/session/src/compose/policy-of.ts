import { resolvePolicy, type SessionPolicy } from '../core/session-policy.js';
import type { OnUserLimit } from '../core/session-store.js';
import type { LimitActions, SessionOptions } from './options.js';

/** The rules that options ask for, the strategy's defaults in the place of what they leave out. */
export function policyOf(options: Omit<SessionOptions, 'isGlobal'>): SessionPolicy {
  const { onLimit, ...rest } = options;
  const { all, user } = actionsOf(onLimit ?? 'reject');
  return resolvePolicy(options.strategy, { ...rest, onLimit: all, onUserLimit: user });
}

/** What was told for both limits holds for each; a login of one user never ends another's session for idleness. */
function actionsOf(onLimit: OnUserLimit | LimitActions): LimitActions {
  if (typeof onLimit === 'object') return onLimit;
  return { user: onLimit, all: onLimit === 'evict-idle' ? 'reject' : onLimit };
}
