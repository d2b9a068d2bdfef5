import { expectTypeOf } from 'expect-type';
import {
  createSessionManager,
  tokensOr429,
  type JwtSessionManager,
  type ManagerByStrategy,
  type NoAuthSessionManager,
  type SessionManager,
  type SessionStrategy,
  type SessionTokenInfo,
  type SessionTokens,
  type SingleSessionManager,
} from 'nestjs-session-manager';

export const promises = {
  async 'the name of a strategy makes the manager of its class'() {
    expectTypeOf(await createSessionManager('token')).toEqualTypeOf<SessionManager>();
    expectTypeOf(await createSessionManager('single')).toEqualTypeOf<SingleSessionManager>();
    expectTypeOf(await createSessionManager('jwt')).toEqualTypeOf<JwtSessionManager>();
    expectTypeOf(await createSessionManager('no-auth')).toEqualTypeOf<NoAuthSessionManager>();
  },

  async 'so do its options'() {
    const manager = await createSessionManager({ strategy: 'jwt', leeway: 2 });
    expectTypeOf(manager).toEqualTypeOf<JwtSessionManager>();
    expectTypeOf(manager.apiTokenFile).toEqualTypeOf<string | undefined>();
    const other = await createSessionManager({ strategy: 'token' });
    // @ts-expect-error only JwtSessionManager has it
    expectTypeOf(other.apiTokenFile);
  },

  'every manager tells its time-out and its limit, that of JWTs also what only it has'(
    manager: SessionManager,
    jwt: JwtSessionManager,
  ) {
    expectTypeOf(manager.sessionTimeout).toEqualTypeOf<number>();
    expectTypeOf(manager.maxConcurrentSessions).toEqualTypeOf<number>();
    expectTypeOf(jwt.refreshTimeout).toEqualTypeOf<number>();
    expectTypeOf(jwt.apiTokenDir).toEqualTypeOf<string | undefined>();
    // @ts-expect-error only JwtSessionManager has refresh tokens
    expectTypeOf(manager.refreshTimeout);
    // @ts-expect-error it is read-only
    manager.sessionTimeout = 60;
  },

  'every strategy has a class, and every class is a SessionManager'() {
    expectTypeOf<keyof ManagerByStrategy>().toEqualTypeOf<SessionStrategy>();
    expectTypeOf<ManagerByStrategy[SessionStrategy]>().toExtend<SessionManager>();
  },

  async 'createSession and refreshSession may be null, which must be looked at'(manager: SessionManager) {
    const tokens = await manager.createSession('alice');
    expectTypeOf(tokens).toEqualTypeOf<SessionTokens | null>();
    expectTypeOf(await manager.refreshSession('token')).toEqualTypeOf<SessionTokens | null>();
    // @ts-expect-error it may be null
    expectTypeOf(tokens.accessToken);
    if (tokens !== null) expectTypeOf(tokens.accessToken).toEqualTypeOf<string>();
  },

  async 'tokensOr429 leaves nothing to look at'(manager: SessionManager) {
    expectTypeOf(tokensOr429(await manager.createSession('alice'))).toEqualTypeOf<SessionTokens>();
    // @ts-expect-error it takes what the promise gives, not the promise
    tokensOr429(manager.createSession('alice'));
  },

  async 'only under no-auth is there always a session'(manager: NoAuthSessionManager) {
    expectTypeOf(await manager.createSession()).toEqualTypeOf<SessionTokens>();
    expectTypeOf(await manager.refreshSession()).toEqualTypeOf<SessionTokens>();
    expectTypeOf(await manager.validateSession()).toEqualTypeOf<SessionTokenInfo>();
  },

  async 'a refresh token may be missing, since only jwt has one'(
    tokens: SessionTokens,
    manager: SessionManager,
  ) {
    expectTypeOf(tokens.refreshToken).toEqualTypeOf<string | undefined>();
    await manager.refreshSession(tokens.refreshToken ?? tokens.accessToken);
  },

  async 'whose session ended narrows by whether one did'(manager: SessionManager) {
    const ended = await manager.invalidateSession({ sessionId: 'x' });
    if (ended.invalidated) expectTypeOf(ended.username).toEqualTypeOf<string>();
    else expectTypeOf(ended.username).toEqualTypeOf<null>();
    // @ts-expect-error a session is named by a token, a jti or an id
    void manager.invalidateSession({ id: 'x' });
  },
};
