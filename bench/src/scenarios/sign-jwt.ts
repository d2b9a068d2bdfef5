import { randomUUID } from 'node:crypto';
import { createSigner } from 'fast-jwt';
import { jwtService, nestjsJwt } from '../contestants/nestjs-jwt.js';
import { jwtManager } from '../contestants/ours.js';
import { scaled, type Contestant, type Scenario } from '../harness/contest.js';
import { proveStrict } from '../workload/proofs.js';
import { ALGORITHM, AUDIENCE, ISSUER, KEY, username } from '../workload/signing.js';

const USER = username(0);
/** As an application has them: nobody has thousands of API tokens. */
const USERS = Array.from({ length: 500 }, (_, number) => username(number));
const LIFETIME = 86_400;

export const signJwt: Scenario = {
  name: 'sign-jwt',
  operation: 'sign a JWT; the library also checks what is asked for, and registers the API token that it is',
  async open(effort) {
    const operations = scaled(2_500, effort);
    const manager = await jwtManager();
    let signed = 0;
    const ours = async () => {
      const user = USERS[(signed += 1) % USERS.length]!;
      return (await manager.createApiToken(user, { expiration: LIFETIME })).token;
    };
    const signers: [name: string, sign: Sign][] = [
      ['nestjs-session-manager, createApiToken', ours],
      ['@nestjs/jwt signAsync, KeyObject', nestjsSign()],
      ['fast-jwt', fastJwtSign()],
    ];
    for (const [, sign] of signers) await proveStrict([nestjsJwt()], await sign());
    const dropAll = () => manager.invalidateEverySession({ apiTokens: true });
    return {
      operations,
      contestants: signers.map(([name, sign]) => signing(name, sign, operations, sign === ours && dropAll)),
    };
  },
};

type Sign = () => string | Promise<string>;

/** @param dropAll drops, untimed, what the last round has left. */
function signing(
  name: string,
  sign: Sign,
  operations: number,
  dropAll: false | (() => Promise<unknown>),
): Contestant {
  return {
    name,
    prepare: async () => {
      if (dropAll !== false) await dropAll();
      return async () => {
        let signed = 0;
        for (let i = 0; i < operations; i++) {
          const token = sign();
          if ((typeof token === 'string' ? token : await token).length > 300) signed++;
        }
        return signed;
      };
    },
  };
}

function nestjsSign(): Sign {
  const service = jwtService();
  return () => service.signAsync(claims());
}

function fastJwtSign(): Sign {
  const sign = createSigner({ key: KEY, algorithm: ALGORITHM });
  return () => sign(claims());
}

/** What the library writes into an API token. */
function claims() {
  const iat = Math.floor(Date.now() / 1000);
  return { iss: ISSUER, aud: AUDIENCE, sub: USER, iat, exp: iat + LIFETIME, jti: randomUUID(), type: 'api' };
}
