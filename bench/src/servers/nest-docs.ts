import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { ALGORITHM, AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import { bearerToken } from './bearer.js';
import { issuedJwts } from './issued-jwts.js';
import { guardedProfile, type GuardedRequest } from './profile.controller.js';
import type { Server } from './server.js';

/** The guard of https://docs.nestjs.com/security/authentication. */
@Injectable()
class AuthGuard implements CanActivate {
  constructor(private readonly jwtService: JwtService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const token = bearerToken(request);
    if (!token) throw new UnauthorizedException();
    try {
      const { sub } = await this.jwtService.verifyAsync<{ sub: string }>(token);
      request.user = { username: sub };
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}

/** As that page writes it, which costs a key derivation per request. */
export const stringSecret = server(KEY.toString());
export const keyObject = server(createSecretKey(KEY));

function server(secret: string | KeyObject): Server {
  class AppModule {}
  return {
    module: {
      module: AppModule,
      imports: [
        JwtModule.register({
          secret,
          verifyOptions: { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE },
        }),
      ],
      controllers: [guardedProfile(AuthGuard)],
    },
    admit: issuedJwts,
  };
}
