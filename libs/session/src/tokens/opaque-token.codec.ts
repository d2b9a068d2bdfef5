import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidTokenError } from '../core/errors.js';
import type { SessionRecord } from '../core/session.js';
import { formatJti, TokenCodec, type SessionClaims } from '../core/token-codec.js';
import { TokenType } from '../core/token-type.js';
import type { KeyRing, SigningKey } from './keys/secret-key.js';
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
const MAC_AT = 20;
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
    mac(key, bytes).copy(bytes, MAC_AT);
    return { accessToken: bytes.toString('base64url') };
  }

  read(token: string): SessionClaims {
    return this.#verified.get(token) ?? this.#verified.add(token, this.#verify(token));
  }

  #verify(token: string): SessionClaims {
    if (!TOKEN.test(token)) throw new InvalidTokenError('The token is not 48 characters of base64url');
    const bytes = Buffer.from(token, 'base64url');
    const genuine = this.#keys.some(
      (key) => key.number === bytes[0] && timingSafeEqual(mac(key, bytes), bytes.subarray(MAC_AT)),
    );
    if (!genuine) throw new InvalidTokenError('The token is not signed by a key of ours');
    const generation = bytes.readUIntBE(GENERATION_AT, 3);
    const id = bytes.toString('base64url', ID_AT, MAC_AT);
    const jti = formatJti(id, TokenType.Access, generation);
    return Object.freeze({ type: TokenType.Access, id, generation, jti });
  }
}

function mac(key: SigningKey, token: Buffer): Buffer {
  return createHmac('sha256', key.opaque).update(token.subarray(0, MAC_AT)).digest().subarray(0, 16);
}
