/** By socket. ws forgets the request that a connection began with, and with it every credential that a client can send. */
const requests = new WeakMap<object, object>();

/** Keeps for a connection the request that asked for it. */
export function rememberUpgrade(client: object, request: object): void {
  requests.set(client, request);
}

/** The request that a connection began with, if anybody kept it. */
export function upgradeOf(client: object): object | undefined {
  return requests.get(client);
}
