import { createPrivateKey, createPublicKey, KeyObject, type JsonWebKey } from 'node:crypto';
import { SessionConfigurationError } from '../../core/errors.js';
import { nearestName, strangersIn } from '../../util/given.js';
import type { AsymmetricAlgorithm, AsymmetricKey, JwtSigning } from '../../core/session-keys.js';
import { describeValue, printable } from '../../util/text.js';
import { ALGORITHMS, publicKey, type PublicKey } from './public-key.js';

/** The option `signing`, ready for use. */
export interface SigningKeys {
  readonly privateKey: KeyObject;
  /** All keys that verify, the private key's other half first. */
  readonly publicKeys: readonly [PublicKey, ...PublicKey[]];
}

const MEMBERS: ReadonlySet<string> = new Set(['algorithm', 'privateKey', 'publicKeys']);
const MAX_FURTHER_KEYS = 3;
const PEM = /-----BEGIN /;
const PEM_OF_PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/**
 * Reads the option `signing`.
 *
 * @throws SessionConfigurationError that names the member, what was expected and what came, and no key.
 */
export function resolveSigning(signing: JwtSigning): SigningKeys {
  checkMembers(signing);
  const { algorithm, publicKeys = [] } = signing;
  const privateKey = readKey('signing.privateKey', signing.privateKey, 'private', algorithm);
  const further = publicKeys.map((given, index) =>
    readKey(`signing.publicKeys[${index}]`, given, 'public', algorithm),
  );
  const own = publicKey(createPublicKey(privateKey))!;
  const others = further.map((key) => publicKey(key)!).filter(({ header }) => header !== own.header);
  return { privateKey, publicKeys: [own, ...others] };
}

function checkMembers(signing: unknown): asserts signing is JwtSigning {
  if (typeof signing !== 'object' || signing === null) {
    throw unexpected('signing', '{ algorithm, privateKey, publicKeys? }', describeValue(signing));
  }
  const [stranger] = strangersIn(signing, MEMBERS);
  if (stranger !== undefined) {
    const meant = nearestName(stranger, MEMBERS);
    const came = `"${printable(stranger)}"${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    throw unexpected('signing', 'algorithm, privateKey and publicKeys only', came);
  }
  const { algorithm, publicKeys } = signing as Record<string, unknown>;
  if (typeof algorithm !== 'string' || !Object.hasOwn(ALGORITHMS, algorithm)) {
    throw unexpected('signing.algorithm', '"EdDSA" or "RS256"', describeValue(algorithm));
  }
  if (publicKeys === undefined) return;
  if (!Array.isArray(publicKeys) || publicKeys.length > MAX_FURTHER_KEYS) {
    throw unexpected(
      'signing.publicKeys',
      `an array of at most ${MAX_FURTHER_KEYS}`,
      publicKeys === null ? 'null; leave it out for none' : describeValue(publicKeys),
    );
  }
}

function readKey(
  member: string,
  given: AsymmetricKey,
  half: 'private' | 'public',
  algorithm: AsymmetricAlgorithm,
): KeyObject {
  const key = keyObject(given, half);
  if (key?.type === half && ALGORITHMS[algorithm].fits(key)) return key;
  throw unexpected(
    member,
    `the ${half} half of a key pair, ${ALGORITHMS[algorithm].key}, as unencrypted PEM, KeyObject or JWK`,
    key === undefined ? describeNoKey(given) : describeKey(key),
  );
}

/** What a PEM becomes on its way through an environment variable or a JSON file is the commonest mistake. */
function describeNoKey(given: unknown): string {
  if (typeof given !== 'string' || !PEM.test(given)) return describeValue(given);
  if (given.includes('\\n')) {
    return String.raw`a PEM whose line breaks are missing, spelt out as \n; give it as pem.replaceAll('\\n', '\n')`;
  }
  return /[\r\n]/.test(given.trim()) ? describeValue(given) : 'a PEM whose line breaks are missing';
}

/** What was given as a `KeyObject`; `undefined` if it is no key, or not written as that half of one. */
function keyObject(given: unknown, half: 'private' | 'public'): KeyObject | undefined {
  if (given instanceof KeyObject) return given;
  const create = half === 'private' ? createPrivateKey : createPublicKey;
  try {
    if (typeof given === 'string') {
      // OpenSSL would make the public half of a private one, which has no business being here.
      return PEM_OF_PRIVATE_KEY.test(given) === (half === 'private') ? create(given) : undefined;
    }
    const jwk = given as JsonWebKey;
    return 'd' in jwk === (half === 'private') ? create({ key: jwk, format: 'jwk' }) : undefined;
  } catch {
    // No object, or no key: the message of OpenSSL is about its own insides.
    return undefined;
  }
}

function describeKey(key: KeyObject): string {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  const kind = [key.type, key.asymmetricKeyType].filter((word) => word !== undefined).join(' ');
  return `a ${kind} key${bits === undefined ? '' : ` of ${bits} bits`}`;
}

function unexpected(member: string, expected: string, came: string): SessionConfigurationError {
  return new SessionConfigurationError(`${member}: expected ${expected}, got ${came}`);
}
