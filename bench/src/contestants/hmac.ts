import { createHmac, createSecretKey } from 'node:crypto';
import type { Contestant } from '../harness/contest.js';
import { KEY } from '../workload/signing.js';

/**
 * No peer but a yardstick: what Node itself asks for the MACs of an opaque token, so that figures of different
 * machines can be compared.
 */
export function hmacs(perOperation: number, operations: number): Contestant {
  const key = createSecretKey(KEY);
  const message = Buffer.alloc(20);
  return {
    name: `node:crypto, ${perOperation} × HMAC-SHA256`,
    prepare: (round) => () => {
      message.writeUInt32BE(round);
      let made = 0;
      for (let i = 0; i < operations * perOperation; i++) {
        made += createHmac('sha256', key).update(message).digest().length / 32;
      }
      return made / perOperation;
    },
  };
}
