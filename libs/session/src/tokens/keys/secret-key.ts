import { createHash, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import type * as Argon2 from '@node-rs/argon2';
import { SessionConfigurationError } from '../../core/errors.js';
import { isBytes } from '../../util/other-realms.js';
import type { SecretKey } from '../../core/session-keys.js';
import { MAX_TOKEN_LENGTH } from '../../core/token-codec.js';
import { characters, describeValue } from '../../util/text.js';
import { Hmac } from './hmac.js';

/** `Algorithm.Argon2id`: a const enum, which isolated modules cannot read. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const ARGON2ID: Argon2.Algorithm.Argon2id = 2;

/** One secret, ready for use. */
export interface SigningKey {
  /** Signs JWTs with HS512: the secret itself, so that any RFC 7519 implementation holding it agrees. */
  readonly jwt: KeyObject;
  /** Verifies them: the same secret. */
  readonly jwtMac: Hmac;
  /** Of opaque tokens; derived, so that no signature of one kind serves as the other. */
  readonly opaqueMac: Hmac;
  /** Tells opaque tokens of different keys apart; a property of the key, never its position in the ring. */
  readonly number: number;
  /** Names the key where one is remembered: the same after every exchange, and nothing of the secret can be told from it. */
  readonly name: string;
}

/** The keys of one manager: the first signs, all verify. Never empty. */
export type KeyRing = readonly [SigningKey, ...SigningKey[]];

/** RFC 7518 §3.2: a key for HS512 has at least the size of its hash. */
export const MIN_KEY_BYTES = 64;
const MAX_KEYS = 4;
/** What the MAC of an opaque token is over. */
export const OPAQUE_BYTES = 20;
/** NIST SP 800-63B-3 §5.1.1.1: fewer characters are guessed, however dear Argon2 makes each guess. */
const MIN_PASSPHRASE = 8;

/** What the option `secretKey` and a rotation take, for messages. */
export const EXPECTED_SECRET_KEY =
  `at least ${MIN_KEY_BYTES} bytes, a passphrase of at least ${MIN_PASSPHRASE} characters without white space at its ` +
  `ends, or an array of 1 to ${MAX_KEYS} of these`;

/** RFC 7518 §3.2 for bytes; a passphrase is stretched, and may be short, but not hopeless. */
export function isSecretKey(value: unknown): value is SecretKey | readonly SecretKey[] {
  return Array.isArray(value)
    ? value.length >= 1 && value.length <= MAX_KEYS && value.every(isSecret)
    : isSecret(value);
}

/** @throws SessionConfigurationError unless {@link isSecretKey}. */
export function checkSecretKey(value: unknown): void {
  if (isSecretKey(value)) return;
  throw new SessionConfigurationError(
    `secretKey: expected ${EXPECTED_SECRET_KEY}, got ${describeSecretKey(value)}`,
  );
}

/** What came in the place of a secret key, with what is wrong with it and without any of its content. */
export function describeSecretKey(value: unknown): string {
  if (Array.isArray(value)) {
    const culprit = value.length <= MAX_KEYS ? value.findIndex((secret) => !isSecret(secret)) : -1;
    return culprit < 0
      ? describeValue(value)
      : `${describeValue(value)}, number ${culprit + 1} of which is ${describeSecret(value[culprit])}`;
  }
  return describeSecret(value);
}

function describeSecret(value: unknown): string {
  const kind = describeValue(value);
  if (typeof value !== 'string' || !hasBlankEnds(value)) return kind;
  return `${kind} that begins or ends with white space, as what is read from a file ends with a line break`;
}

/**
 * Makes a ring, at boot or when keys are rotated: a passphrase takes Argon2id here and never per request.
 *
 * @param salt what every replica and every restart shares, so that one passphrase gives one key everywhere.
 */
export async function resolveKeyRing(
  secretKey: SecretKey | readonly SecretKey[],
  salt: string,
): Promise<KeyRing> {
  const secrets = typeof secretKey === 'string' || isBytes(secretKey) ? [secretKey] : secretKey;
  const [first, ...rest] = await Promise.all(
    secrets.map(async (secret) =>
      signingKey(typeof secret === 'string' ? await stretch(secret, salt) : secret),
    ),
  );
  if (first === undefined) throw new TypeError('A key ring needs at least one key');
  return [first, ...rest];
}

/** Overwrites what can be overwritten of keys that are not used any more. */
export function dropKeyRing(ring: KeyRing): void {
  for (const { jwtMac, opaqueMac } of ring) {
    jwtMac.drop();
    opaqueMac.drop();
  }
}

/** A ring of one random key, which dies with the process. */
export function randomKeyRing(): KeyRing {
  return [signingKey(randomBytes(MIN_KEY_BYTES))];
}

function isSecret(value: unknown): value is SecretKey {
  return typeof value === 'string'
    ? characters(value) >= MIN_PASSPHRASE && !hasBlankEnds(value)
    : isBytes(value) && value.byteLength >= MIN_KEY_BYTES;
}

function hasBlankEnds(passphrase: string): boolean {
  return passphrase.trim() !== passphrase;
}

function signingKey(secret: Uint8Array): SigningKey {
  return {
    jwt: createSecretKey(secret),
    jwtMac: new Hmac('sha512', secret, MAX_TOKEN_LENGTH),
    opaqueMac: new Hmac('sha256', derive(secret, 'opaque-token', 32), OPAQUE_BYTES),
    number: derive(secret, 'key-number', 1)[0]!,
    name: Buffer.from(derive(secret, 'key-name', 16)).toString('base64url'),
  };
}

/** HKDF (RFC 5869): one independent key for each use other than signing JWTs. */
function derive(secret: Uint8Array, use: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `nsm/${use}/v1`, bytes));
}

/** The stretching under way, so that the next one waits for it: each takes 100 MiB, and two at once twice that. */
let stretching: Promise<unknown> = Promise.resolve();

/** One at a time in this process, be it of one ring or of several managers. */
function stretch(passphrase: string, salt: string): Promise<Uint8Array> {
  const stretched = stretching.then(() => argon2id(passphrase, salt));
  stretching = stretched.catch(() => undefined);
  return stretched;
}

/** Argon2id at the cost that RFC 9106 and OWASP ask for and beyond: 100 MiB, 2 passes, 8 lanes. */
async function argon2id(passphrase: string, salt: string): Promise<Uint8Array> {
  const { hashRaw } = await loadArgon2();
  return hashRaw(passphrase, {
    algorithm: ARGON2ID,
    timeCost: 2,
    memoryCost: 100 * 1024,
    parallelism: 8,
    outputLen: MIN_KEY_BYTES,
    salt: createHash('sha256').update(`nsm/passphrase/v1\0${salt}`).digest().subarray(0, 16),
  });
}

/** Native code, one package for each platform: a bundle or an install made elsewhere has none that fits. */
async function loadArgon2(): Promise<typeof Argon2> {
  try {
    return await import('@node-rs/argon2');
  } catch (cause) {
    throw new SessionConfigurationError(
      'secretKey: a passphrase needs @node-rs/argon2, whose native code cannot be loaded here; run "npm install" on ' +
        `this platform (${process.platform}-${process.arch}) and keep that package out of bundles, or give at ` +
        `least ${MIN_KEY_BYTES} bytes instead`,
      { cause },
    );
  }
}
