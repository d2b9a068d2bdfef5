import { named, type SeenApplication } from './seen-application.js';

/** Handlers of messages that look guarded by `APP_GUARD`, and are so only where the microservice was told to inherit it. */
export function hybridRpc({ handlers, isBound, hasServer }: SeenApplication): string | undefined {
  if (!isBound || !hasServer) return undefined;
  const found = handlers.filter(
    ({ kind, access, otherGuards }) => kind === 'rpc' && access === 'unguarded' && otherGuards.length === 0,
  );
  if (found.length === 0) return undefined;
  return (
    `${named(found)}: APP_GUARD reaches the handlers of a connected microservice by inheritance alone; connect it by ` +
    'app.connectMicroservice(options, { inheritAppConfig: true }), which cannot be seen from here'
  );
}
