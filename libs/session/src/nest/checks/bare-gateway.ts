import { behindOpenHandshakes, named, type SeenApplication } from './seen-application.js';

/** Gateways that judge messages and no connections: whoever is connected hears what they broadcast. */
export function bareGateway({ handlers }: SeenApplication): string | undefined {
  const found = behindOpenHandshakes(handlers).filter(({ access }) => access.startsWith('guarded'));
  if (found.length === 0) return undefined;
  return (
    `${named(found)}: the messages are guarded, and everyone may connect and hear what the gateway broadcasts; wrap its ` +
    'adapter, app.useWebSocketAdapter(sessionSockets(app, adapter)), or write @Public() on the class'
  );
}
