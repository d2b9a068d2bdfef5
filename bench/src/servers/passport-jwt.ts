import { Injectable, Module } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { createSecretKey } from 'node:crypto';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { ALGORITHM, AUDIENCE, ISSUER, KEY } from '../workload/signing.js';
import { issuedJwts } from './issued-jwts.js';
import { guardedProfile, type GuardedRequest } from './profile.controller.js';
import type { Server } from './server.js';

/** As https://docs.nestjs.com/recipes/passport has it, but for the `KeyObject`, which spares it a key derivation. */
@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: createSecretKey(KEY) as unknown as string,
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
    });
  }

  validate({ sub }: { sub: string }): GuardedRequest['user'] {
    return { username: sub };
  }
}

@Module({
  imports: [PassportModule],
  providers: [JwtStrategy],
  controllers: [guardedProfile(AuthGuard('jwt'))],
})
class AppModule {}

export const passportJwt: Server = { module: AppModule, admit: issuedJwts };
