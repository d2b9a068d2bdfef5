import { generateKeyPairSync, sign } from 'node:crypto';

/** DER (X.690 §8): a tag, the length of what follows, and that. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const lengths =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengths]), body]);
}

const sequence = (...members: Buffer[]) => der(0x30, ...members);
const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex');

const VERSION_3 = der(0xa0, der(0x02, hex('02')));
const ECDSA_WITH_SHA256 = sequence(der(0x06, hex('2a 86 48 ce 3d 04 03 02')));
const COMMON_NAME = der(0x06, hex('55 04 03'));

/** A key and a certificate that it signs itself (RFC 5280 §4.1), for a browser that does not look into it. */
export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from('*.site.test')))));
  const validity = sequence(
    ...['200101000000Z', '491231000000Z'].map((time) => der(0x17, Buffer.from(time))),
  );
  const toBeSigned = sequence(
    VERSION_3,
    der(0x02, hex('01')),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, der(0x03, hex('00'), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}
