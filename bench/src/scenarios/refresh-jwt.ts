import { randomUUID } from 'node:crypto';
import { jwtService } from '../contestants/nestjs-jwt.js';
import { jwtManager } from '../contestants/ours.js';
import { refreshInTurn } from '../contestants/refresher.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { logins } from '../workload/logins.js';
import { AUDIENCE, ISSUER } from '../workload/signing.js';

const SESSIONS = 100;

export const refreshJwt: Scenario = {
  name: 'refresh-jwt',
  operation: 'exchange a refresh token for an access token and the next refresh token',
  async open(effort) {
    const operations = scaled(1_000, effort);
    const manager = await jwtManager();
    const tokens = (await logins(manager, SESSIONS)).map(({ refreshToken }) => refreshToken!);
    return {
      operations,
      contestants: [
        refreshInTurn('nestjs-session-manager', tokens, operations, async (token) => {
          return (await manager.refreshSession(token))?.refreshToken;
        }),
        refreshInTurn('@nestjs/jwt, stateless', tokens, operations, statelessRefresh()),
      ],
    };
  },
};

/** The least that a refresh can be: verify one token and sign two. Notices no reuse and can end no session. */
function statelessRefresh(): (token: string) => Promise<string> {
  const service = jwtService();
  return async (token) => {
    const { sub } = await service.verifyAsync<{ sub: string }>(token);
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: ISSUER, aud: AUDIENCE, sub, iat, jti: randomUUID() };
    await service.signAsync({ ...claims, exp: iat + 7200, type: 'access' });
    return service.signAsync({ ...claims, exp: iat + 86_400, type: 'refresh' });
  };
}
