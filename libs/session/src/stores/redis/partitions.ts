import { createHash, randomFillSync } from 'node:crypto';
import { SessionConfigurationError } from '../../core/errors.js';

/** The slots of a Redis cluster. */
const SLOTS = 16_384;
const MOST = 256;
const ID = /^[\w-]{22}$/;
const ID_BYTES = 16;

/**
 * How a namespace is spread over a cluster. Users fall into partitions by the hash of their names, and what is theirs bears
 * the number of the partition in its id, so that an id and its owner's name lead to the same place, and a step that touches
 * both stays one step.
 */
export class Partitions {
  readonly count: number;
  /** A hash tag for each. */
  readonly tags: readonly string[];

  /** @throws SessionConfigurationError unless `count` is a power of two up to 256. */
  constructor(namespace: string, count: number) {
    if (!Number.isInteger(count) || count < 1 || count > MOST || (count & (count - 1)) !== 0) {
      throw new SessionConfigurationError(
        `partitions: expected a power of two from 1 to ${MOST}, got ${String(count)}`,
      );
    }
    this.count = count;
    this.tags = count === 1 ? [namespace] : tagsOver(namespace, count);
  }

  /** Which one a user's sessions and API tokens lie in. */
  ofUser(username: string): number {
    if (this.count === 1) return 0;
    return createHash('sha256').update(username).digest()[0]! % this.count;
  }

  /** Which one an id leads to; `undefined` for what {@link newId} never made, which is not there. */
  ofId(id: string): number | undefined {
    if (this.count === 1) return 0;
    return ID.test(id) ? Buffer.from(id.slice(0, 2), 'base64url')[0]! % this.count : undefined;
  }

  /** An id for a user: its first byte is the partition, the other 120 bits are random. */
  newId(username: string): string {
    const bytes = randomFillSync(Buffer.allocUnsafe(ID_BYTES));
    bytes[0] = this.ofUser(username);
    return bytes.toString('base64url');
  }
}

/**
 * Hash tags whose slots lie evenly over all, so that the nodes of a cluster, each of which has a range of slots, get the
 * same share. Plain numbers would not: of 16, three nodes get 4, 4 and 8.
 */
function tagsOver(namespace: string, count: number): string[] {
  const width = SLOTS / count;
  const tags: string[] = [];
  for (let partition = 0; partition < count; partition += 1) {
    for (let number = 0; tags.length === partition; number += 1) {
      const tag = `${namespace}:${number}`;
      if (Math.floor(slotOf(tag) / width) === partition) tags.push(tag);
    }
  }
  return tags;
}

/** The slot of a hash tag: CRC16 (XMODEM) modulo the slots, as the cluster specification has it. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc % SLOTS;
}
