import { OPEN_TO_ALL, type Admission, type Headers } from '../servers/server.js';
import type { Answer } from './connection.js';

/**
 * Ends the run unless a server opens for those whom it admitted, and for nobody with a forged or expired credential
 * or none. Of one that is open to all, only the former is asked.
 */
export async function proveGuarded(
  server: string,
  { admitted, refused }: Admission,
  ask: (headers: Headers) => Promise<Answer>,
): Promise<void> {
  const { status, body } = await ask(admitted[0]!.headers);
  if (status !== 200) throw new Error(`${server} answers a genuine credential with ${status}: ${body}`);
  if (refused === OPEN_TO_ALL) return;
  for (const [kind, headers] of Object.entries({ missing: {}, ...refused })) {
    const { status } = await ask(headers);
    if (status !== 401 && status !== 403) {
      throw new Error(`${server} answers a credential that is ${kind} with ${status}`);
    }
  }
}
