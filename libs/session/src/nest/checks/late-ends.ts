import type { SeenApplication } from './seen-application.js';

/** Connections that outlast an end in another process, since nobody tells of it. */
export function lateEnds({ connections }: Pick<SeenApplication, 'connections'>): string | undefined {
  const { areOff, hearOfEnds, recheck } = connections;
  if (areOff || hearOfEnds) return undefined;
  return (
    'connections: the shared store does not tell of sessions that other processes end (SessionStore.subscribe); what is ' +
    `open here is asked for every ${recheck} s (recheck), and stays open for as long`
  );
}
