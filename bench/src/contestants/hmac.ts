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
    prepare: () => () => {
      for (let i = 0; i < operations * perOperation; i++) {
        createHmac('sha256', key).update(message).digest();
      }
      return operations;
    },
  };
}
