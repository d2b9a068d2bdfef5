import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
/** Drawn 256 at a time: most of what a draw costs does not depend on how much is drawn. */
const pool = Buffer.allocUnsafe(256 * ID_BYTES);
let used = pool.length;

/** 128 random bits as 22 characters of base64url. */
export function randomId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('base64url', used, used + ID_BYTES);
  used += ID_BYTES;
  return id;
}
