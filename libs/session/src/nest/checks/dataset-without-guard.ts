import { named, type SeenApplication } from './seen-application.js';

/** `@RequireDataset()` on a handler before which nobody asks for a session: it refuses everyone. */
export function datasetWithoutGuard({ handlers, mayHaveOthers }: SeenApplication): string | undefined {
  if (mayHaveOthers) return undefined;
  // A microservice may inherit what is bound for the application, which cannot be seen from here.
  const found = handlers.filter(
    ({ kind, datasets, accept }) => kind !== 'rpc' && datasets.length > 0 && accept.length === 0,
  );
  if (found.length === 0) return undefined;
  return (
    `${named(found)}: @RequireDataset refuses everyone where no session is asked for before; bind SessionGuard globally, ` +
    'on the class or below the decorator, with no @Public() beside it'
  );
}
