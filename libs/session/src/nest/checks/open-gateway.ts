import { behindOpenHandshakes, named, type SeenApplication } from './seen-application.js';

/** The first major whose gateways heed `APP_GUARD`. */
const HEEDS = 12;

/** Gateways that look guarded by `APP_GUARD`, and are open to everyone. */
export function openGateway({ handlers, isBound, nest }: SeenApplication): string | undefined {
  if (!isBound || nest === undefined || nest >= HEEDS) return undefined;
  const found = behindOpenHandshakes(handlers).filter(
    ({ access, otherGuards }) => access === 'unguarded' && otherGuards.length === 0,
  );
  if (found.length === 0) return undefined;
  return (
    `${named(found)}: APP_GUARD does not reach gateways of Nest ${nest}, so that everyone's messages are handled; put ` +
    '@UseGuards(SessionGuard) on the gateway and wrap its adapter by sessionSockets(app, adapter), or write @Public()'
  );
}
