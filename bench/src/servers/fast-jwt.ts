import {
  Injectable,
  Module,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { createVerifier } from 'fast-jwt';
import { ALGORITHM, AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import { bearerToken } from './bearer.js';
import { issuedJwts } from './issued-jwts.js';
import { guardedProfile, type GuardedRequest } from './profile.controller.js';
import type { Server } from './server.js';

const verify = createVerifier<string>({
  key: KEY,
  algorithms: [ALGORITHM],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  cache: true,
});

@Injectable()
class FastJwtGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const token = bearerToken(request);
    if (!token) throw new UnauthorizedException();
    try {
      const { sub } = verify(token) as { sub: string };
      request.user = { username: sub };
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}

@Module({ controllers: [guardedProfile(FastJwtGuard)] })
class AppModule {}

export const fastJwt: Server = { module: AppModule, admit: issuedJwts };
