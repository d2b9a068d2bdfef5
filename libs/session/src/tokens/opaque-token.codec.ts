import { timingSafeEqual } from 'node:crypto';
import { InvalidTokenError } from '../core/errors.js';
import type { SessionRecord } from '../core/session.js';
import { formatJti, TokenCodec, type SessionClaims } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import { OPAQUE_BYTES, type KeyRing, type SigningKey } from './keys/secret-key.js';
import { VerifiedTokens } from './verified-tokens.js';

/**
 * Opaque tokens: `base64url(key number 1 ‖ generation 3 ‖ session id 16 ‖ MAC 16)`.
 *
 * 36 bytes are exactly 48 characters without padding or spare bits, so a token has one spelling. The MAC is
 * HMAC-SHA256 over the 20 bytes before it, truncated to 128 bits (RFC 2104 §5): a forged token fails before
 * any store is asked, and a stolen store holds nothing that logs in.
 */
const TOKEN = /^[\w-]{48}$/;
const GENERATION_AT = 1;
const ID_AT = 4;
const MAC_AT = OPAQUE_BYTES;
const TOKEN_BYTES = 36;

export class OpaqueTokenCodec extends TokenCodec {
  readonly #keys: KeyRing;
  readonly #verified = new VerifiedTokens<SessionClaims>();

  constructor(keys: KeyRing) {
    super();
    this.#keys = keys;
  }

  issue(record: SessionRecord): { accessToken: string } {
    const key = this.#keys[0];
    const bytes = Buffer.alloc(TOKEN_BYTES);
    bytes[0] = key.number;
    bytes.writeUIntBE(record.generation, GENERATION_AT, 3);
    bytes.write(record.id, ID_AT, 'base64url');
    writeMac(key, bytes, bytes);
    return { accessToken: bytes.toString('base64url') };
  }

  read(token: string): SessionClaims {
    return this.#verified.get(token) ?? this.#verified.add(token, this.#verify(token));
  }

  #verify(token: string): SessionClaims {
    if (!TOKEN.test(token)) throw new InvalidTokenError('The token is not 48 characters of base64url');
    const bytes = Buffer.from(token, 'base64url');
    if (!this.#keys.some((key) => key.number === bytes[0] && isGenuine(key, bytes))) {
      throw new InvalidTokenError('The token is not signed by a key of ours');
    }
    const generation = bytes.readUIntBE(GENERATION_AT, 3);
    const id = bytes.toString('base64url', ID_AT, MAC_AT);
    const jti = formatJti(id, TokenType.Access, generation);
    return Object.freeze({ type: TokenType.Access, id, generation, jti });
  }
}

/** What a token is compared with: written anew for each, and read by nobody in between. */
const expected = Buffer.alloc(TOKEN_BYTES);

function isGenuine(key: SigningKey, token: Buffer): boolean {
  token.copy(expected, 0, 0, MAC_AT);
  writeMac(key, token, expected);
  return timingSafeEqual(expected, token);
}

/** The MAC over the beginning of `token`, into `target` where a token has it. */
function writeMac({ opaqueMac }: SigningKey, token: Buffer, target: Buffer): void {
  const mac = opaqueMac.ofBytes(token.subarray(0, MAC_AT));
  target.write(mac, MAC_AT, TOKEN_BYTES - MAC_AT, 'latin1');
}
