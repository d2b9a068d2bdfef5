import { timingSafeEqual } from 'node:crypto';
import type { JwtService } from '@nestjs/jwt';
import { InvalidTokenError } from '../../core/errors.js';
import { parseJsonPart } from './jwt-json.js';
import type { KeyRing } from '../keys/secret-key.js';
import { splitCompact, type Jws } from './jws.js';

const ALGORITHM = 'HS512';
/** Of 64 bytes in base64url. */
const SIGNATURE_LENGTH = 86;
/** What is compared: written anew for each token, and read by nobody in between. */
const given = Buffer.alloc(SIGNATURE_LENGTH);
const expected = Buffer.alloc(SIGNATURE_LENGTH);
/** `{"alg":"HS512","typ":"JWT"}`: the header of every token that we sign. */
const OUR_HEADER = 'eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9';

/**
 * HMAC-SHA512 with the keys of a ring (RFC 7518 §3.2): the first signs, all verify.
 *
 * Signed by `@nestjs/jwt`, verified here: jsonwebtoken lets pass an unknown `crit` and sixteen spellings of one
 * signature.
 */
export class Hs512 implements Jws {
  readonly #keys: KeyRing;
  readonly #signer: JwtService;

  /** @param Signer the class from the optional peer, see `loadJwtService`. */
  constructor(keys: KeyRing, Signer: typeof JwtService) {
    this.#keys = keys;
    this.#signer = new Signer({
      secret: keys[0].jwt,
      signOptions: { algorithm: ALGORITHM, header: { alg: ALGORITHM, typ: 'JWT' } },
    });
  }

  sign(payload: string): string {
    // As bytes, because of an object jsonwebtoken replaces an `iat` of 0 by its own reading of the clock.
    return this.#signer.sign(Buffer.from(payload));
  }

  verify(token: string): string {
    const { header, payload, signature, signed } = splitCompact(token);
    if (!this.#isSigned(signed, signature)) {
      throw new InvalidTokenError('The token is not signed by a key of ours');
    }
    checkHeader(header);
    return payload;
  }

  /**
   * Compares spellings, not bytes: base64url leaves four bits of a 64-byte signature unused, and only the
   * spelling that an encoder produces counts.
   */
  #isSigned(signed: string, signature: string): boolean {
    if (signature.length !== SIGNATURE_LENGTH || given.write(signature) !== SIGNATURE_LENGTH) return false;
    return this.#keys.some(({ jwtMac }) => {
      const mac = jwtMac.ofText(signed);
      if (mac === undefined) return false;
      expected.write(mac, 'latin1');
      return timingSafeEqual(expected, given);
    });
  }
}

/**
 * RFC 8725 §3.1: the algorithm is ours to choose, never the token's. Header members that name a key (`jku`, `jwk`,
 * `x5u`, `x5c`) are not looked at; `crit` asks for an extension, and there is none that we know (RFC 7515 §4.1.11).
 */
function checkHeader(part: string): void {
  if (part === OUR_HEADER) return;
  const { alg, typ, crit } = parseJsonPart(part);
  if (alg !== ALGORITHM) throw new InvalidTokenError(`The header's alg is not ${ALGORITHM}`);
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) {
    throw new InvalidTokenError("The header's typ is not JWT");
  }
  if (crit !== undefined) throw new InvalidTokenError('The header asks for an extension');
}
