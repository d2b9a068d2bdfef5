import { MAX_TOKEN_LENGTH, type TokenClaims } from '../core/token-codec.js';
import { Doorkeeper } from './doorkeeper.js';

/** More entries than a process has tokens in lively use; an entry costs about 600 bytes. */
const MAX_ENTRIES = 10_000;
/** As many as that of the usual 420 characters; of long ones, which claim more, fewer. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** Where the fingerprint of a token is, counted from its end: 72 bits of the signature, before the checksum of a wrapped one. */
const FINGERPRINT_FROM = -20;
const FINGERPRINT_TO = -8;

interface Verified<C> {
  readonly token: string;
  readonly claims: C;
}

/**
 * Tokens that were verified with one set of keys, and what they say: the HMAC of a token in use is computed twice.
 *
 * Only what does not change is remembered: that these very characters are genuine. Times, type and session are judged
 * at each presentation, and nothing that was refused is remembered, so that a flood of forgeries displaces nothing. It
 * lives in the codec of its keys and goes with it when they are rotated.
 *
 * Found by a fingerprint, a part of the signature, which nobody can choose without the key and which costs less to hash than
 * all of the token; then all of it is compared. Two generations, of which the older is forgotten as a whole: bounded,
 * and without a list to keep in order. A token in use moves to the younger. One that comes for the first time is not
 * kept, so that those which come only once cost next to nothing and displace none.
 */
export class VerifiedTokens<C extends TokenClaims> {
  readonly #doorkeeper = new Doorkeeper();
  #young = new Map<string, Verified<C>>();
  #old = new Map<string, Verified<C>>();
  /** Of the tokens in the younger generation, in all. */
  #characters = 0;

  /**
   * What a token says, if it is remembered. That `===` takes longer the more of a token is right tells nothing: it is
   * reached only by who presents 72 bits of the signature, and so holds the token already.
   */
  get(token: string): C | undefined {
    // Whoever verifies it refuses it by its length, before anything looks into it.
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const fingerprint = fingerprintOf(token);
    const young = this.#young.get(fingerprint);
    if (young !== undefined) return young.token === token ? young.claims : undefined;
    const old = this.#old.get(fingerprint);
    if (old?.token !== token) return undefined;
    this.#keep(old);
    return old.claims;
  }

  /** Remembers a genuine token that comes again, and answers what it says. */
  add(token: string, claims: C): C {
    if (!this.#doorkeeper.admits(fingerprintOf(token))) return claims;
    // A copy: a part of a string keeps the whole alive, here the header that the token was cut out of.
    this.#keep({ token: Buffer.from(token, 'latin1').toString('latin1'), claims });
    return claims;
  }

  #keep(verified: Verified<C>): void {
    const { length } = verified.token;
    if (this.#young.size >= MAX_ENTRIES / 2 || this.#characters + length > MAX_CHARACTERS / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#characters = 0;
    }
    this.#young.set(fingerprintOf(verified.token), verified);
    this.#characters += length;
  }
}

function fingerprintOf(token: string): string {
  return token.slice(FINGERPRINT_FROM, FINGERPRINT_TO);
}
