import { expectTypeOf } from 'expect-type';
import {
  isSessionError,
  Permission,
  TokenType,
  type AnySessionError,
  type ApiTokenInfo,
  type DatasetPermissions,
  type InvalidInputError,
  type MissingTokenError,
  type RefreshTokenReuseError,
  type RevokeReason,
  type SessionError,
  type SessionEvent,
  type SessionInfo,
  type SessionTokenInfo,
} from 'nestjs-session-manager';

export const promises = {
  'SessionInfo narrows by type: sessionId on access and refresh only, datasets on api only'(
    info: SessionInfo,
  ) {
    // @ts-expect-error an API token has no session
    expectTypeOf(info.sessionId);
    // @ts-expect-error an access token has no datasets
    expectTypeOf(info.datasets);
    if (info.type === TokenType.Api) {
      expectTypeOf(info.datasets).toEqualTypeOf<DatasetPermissions | undefined>();
      expectTypeOf(info).not.toHaveProperty('sessionId');
    } else {
      expectTypeOf(info.type).toEqualTypeOf<'access' | 'refresh'>();
      expectTypeOf(info.sessionId).toEqualTypeOf<string>();
      expectTypeOf(info).not.toHaveProperty('datasets');
    }
  },

  'the two kinds of SessionInfo have names, to which it narrows'(info: SessionInfo) {
    expectTypeOf<SessionInfo>().toEqualTypeOf<SessionTokenInfo | ApiTokenInfo>();
    if (info.type === TokenType.Api) expectTypeOf(info).toEqualTypeOf<ApiTokenInfo>();
    else expectTypeOf(info).toEqualTypeOf<SessionTokenInfo>();
    if ('sessionId' in info) expectTypeOf(info).toEqualTypeOf<SessionTokenInfo>();
  },

  'SessionInfo is read-only'(info: SessionInfo) {
    // @ts-expect-error it is read-only
    info.username = 'mallory';
  },

  'isSessionError narrows what was thrown, so that its code tells the rest'(thrown: unknown) {
    if (!isSessionError(thrown)) return;
    expectTypeOf(thrown).toEqualTypeOf<AnySessionError>();
    if (thrown.code === 'SESSION_EXPIRED') expectTypeOf(thrown.sessionId).toEqualTypeOf<string | undefined>();
  },

  'a switch over the code of AnySessionError is exhaustive'(error: AnySessionError): number {
    switch (error.code) {
      case 'MISSING_TOKEN':
      case 'INVALID_TOKEN':
      case 'INVALID_TOKEN_PROCESSING':
      case 'SESSION_EXPIRED':
      case 'WRONG_TOKEN_TYPE':
      case 'ACCESS_TOKEN_NOT_FOUND':
      case 'REFRESH_TOKEN_NOT_FOUND':
      case 'REFRESH_TOKEN_REUSE':
        expectTypeOf(error.sessionId).toEqualTypeOf<string | undefined>();
        return 401;
      case 'INVALID_INPUT':
      case 'INVALID_EXPIRATION':
        return 400;
      case 'INSUFFICIENT_SCOPE':
      case 'CROSS_SITE_REQUEST':
        return 403;
      case 'UNSUPPORTED_OPERATION':
        return 501;
      case 'SESSION_STORE_UNAVAILABLE':
      case 'SIGNING_KEYS_UNAVAILABLE':
        return 503;
      case 'SESSION_CONFIGURATION':
        return 500;
      default:
        expectTypeOf(error).toBeNever();
        return error;
    }
  },

  'AnySessionError narrows by code'(error: AnySessionError) {
    if (error.code === 'INVALID_INPUT') expectTypeOf(error).toEqualTypeOf<InvalidInputError>();
    if (error.code === 'MISSING_TOKEN') expectTypeOf(error).toEqualTypeOf<MissingTokenError>();
    // @ts-expect-error no such code
    if (error.code === 'TOKEN_MISSING') return;
    expectTypeOf(error).toExtend<SessionError>();
    expectTypeOf<RefreshTokenReuseError['code']>().toEqualTypeOf<'REFRESH_TOKEN_REUSE'>();
  },

  'Permission and TokenType are unions of values, and objects that name them'() {
    expectTypeOf<Permission>().toEqualTypeOf<
      'read' | 'write' | 'create' | 'delete' | 'manage_users' | 'manage_groups'
    >();
    expectTypeOf<TokenType>().toEqualTypeOf<'access' | 'api' | 'refresh'>();
    expectTypeOf(Permission.ManageUsers).toEqualTypeOf<'manage_users'>();
    const plain: [Permission, TokenType] = ['read', 'access'];
    // @ts-expect-error neither is any string
    const wrong: [Permission, TokenType] = ['fly', 'cookie'];
    return [plain, wrong];
  },

  'events narrow by type'(event: SessionEvent) {
    if (event.type === 'ended') expectTypeOf(event.reason).toEqualTypeOf<RevokeReason | 'evicted'>();
    // @ts-expect-error only an end has a reason
    else expectTypeOf(event.reason);
  },
};
