import type { RouteRules } from '../rules/route-rules.js';
import type { AuditedHandler } from './audited-handler.js';
import type { BoundGuards } from './bound-guards.js';

type Access = Pick<AuditedHandler, 'access' | 'accept' | 'datasets'>;

/** Who gets in, by what the decorators ask for and by which guards run to see to it. */
export function accessOf({ mode, validation, datasets }: RouteRules, guards: BoundGuards): Access {
  const judged = guards.session && mode !== 'public';
  const held = guards.dataset ? datasets : [];
  return {
    // DatasetGuard alone lets nobody in, and whom no session was asked of neither.
    access: held.length > 0 ? 'guarded-with-dataset' : accessIn(mode, guards.session),
    accept: judged ? validation.accept : [],
    datasets: held,
  };
}

function accessIn(mode: RouteRules['mode'], session: boolean): AuditedHandler['access'] {
  if (mode === 'public') return 'public';
  if (!session) return 'unguarded';
  return mode === 'optional' ? 'optional' : 'guarded';
}
