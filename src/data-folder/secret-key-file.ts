import { randomBytes } from 'node:crypto';
import { createFileOnce } from './create-file-once.js';
import { NOT_FOR_OTHERS, readTrustedFile } from './read-trusted-file.js';

/** What HS512 asks for at least (RFC 7518 §3.2). */
const KEY_BYTES = 64;

/**
 * The key that signs tokens; made on the first start, so that API tokens outlive a restart.
 *
 * @throws Error if the file is too short to be a key: replacing it would end every API token without a word; and if
 * others could have read it, since whoever knows the key can forge tokens.
 */
export async function readOrMakeSecretKey(path: string): Promise<Uint8Array> {
  await createFileOnce(path, randomBytes(KEY_BYTES));
  const key = await readTrustedFile(path, NOT_FOR_OTHERS.readOrWrite);
  if (key.length >= KEY_BYTES) return key;
  throw new Error(
    `${path}: expected at least ${KEY_BYTES} bytes, got ${key.length}; restore it, or delete it to have a new one made, ` +
      'which ends every API token',
  );
}
