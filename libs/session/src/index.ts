export { createSessionManager } from './compose/create-session-manager.js';
export { createSessionVerifier } from './compose/create-session-verifier.js';
export { Permission, parsePermission } from './core/permission.js';
export { TokenType, isTokenType, parseTokenType } from './core/token-type.js';

export { SessionManager } from './managers/session.manager.js';
export { SingleSessionManager } from './managers/single-session.manager.js';
export { NoAuthSessionManager } from './managers/no-auth-session.manager.js';
export { JwtSessionManager } from './managers/jwt-session.manager.js';
export { SessionVerifier } from './managers/session-verifier.js';

export { SessionModule } from './nest/session.module.js';
export { sessionSockets } from './nest/sockets/session-sockets.js';
export { JwksController } from './nest/jwks/jwks.controller.js';
export { JwksVerifierModule } from './nest/jwks/jwks-verifier.module.js';
export { SessionGuard } from './nest/guards/session.guard.js';
export { DatasetGuard } from './nest/guards/dataset.guard.js';
export { AcceptTokens, OptionalSession, Public, RequireFresh } from './nest/rules/route-access.decorators.js';
export { CurrentSession, CurrentUser } from './nest/rules/current-session.decorators.js';
export { RequireDataset } from './nest/guards/require-dataset.decorator.js';
export { BearerTransport } from './nest/transports/bearer.transport.js';
export { CookieTransport } from './nest/transports/cookie.transport.js';
export { HeaderTransport } from './nest/transports/header.transport.js';
export { SessionExceptionFilter } from './nest/contexts/http/session-exception.filter.js';
export { SessionAudit } from './nest/audit/session-audit.js';
export { SessionConnections } from './nest/connections/session-connections.js';
export { CLOSE_CODES } from './nest/connections/connection-end.js';
export { SESSION_CLEANUP_JOB } from './nest/cleanup/session-cleanup.js';
export { toHttpException } from './nest/contexts/http/http-errors.js';
export { carriedSession } from './nest/contexts/request-session.js';
export { tokensOr429 } from './nest/contexts/http/tokens-or-429.js';

export {
  AccessTokenNotFoundError,
  CrossSiteRequestError,
  InsufficientScopeError,
  InvalidExpirationError,
  InvalidInputError,
  InvalidTokenError,
  InvalidTokenProcessingError,
  MissingTokenError,
  RefreshTokenNotFoundError,
  RefreshTokenReuseError,
  SessionConfigurationError,
  SessionError,
  SessionExpiredError,
  SessionStoreUnavailableError,
  SessionValidationError,
  SigningKeysUnavailableError,
  UnsupportedOperationError,
  WrongTokenTypeError,
} from './core/errors.js';
export { isSessionError } from './core/error-brand.js';

export { ApiTokenStore } from './core/api-token-store.js';
export { LatestTime } from './core/latest-time.js';
export { amended } from './core/amendments.js';
export { isOwnedBy } from './core/ownership.js';
export { endingBy, honours, isActive, isRenewable } from './core/expiry.js';
export { SessionKeys } from './core/session-keys.js';
export { SessionStore } from './core/session-store.js';
export { SessionTransport } from './core/session-transport.js';
export { SessionValidator } from './core/session-validator.js';
export { FileApiTokenStore } from './stores/file/file-api-token.store.js';
export { MemoryApiTokenStore } from './stores/memory/memory-api-token.store.js';
export { MemorySessionStore } from './stores/memory/memory-session.store.js';

export type { ManagerByStrategy } from './compose/create-session-manager.js';
export type { CheckName, CheckOptions } from './compose/boot-checks.js';
export type { CookieTransportOptions } from './compose/cookie-options.js';
export type { CleanupSchedule, ConnectionOptions, RpcCredential } from './compose/module-options.js';
export type {
  JwtSessionOptions,
  LimitActions,
  NoAuthSessionOptions,
  OptionName,
  OptionsByStrategy,
  OptionsOf,
  SessionOptions,
  SingleSessionOptions,
  TokenSessionOptions,
} from './compose/options.js';
export type { JwksVerifierOptions } from './compose/verifier-options.js';
export type {
  ApiTokenExpiration,
  ApiTokenOptions,
  CreatedApiToken,
  ListedApiToken,
} from './core/api-token.js';
export type { ApiTokenChange, ApiTokenRecord, SignedApiToken } from './core/api-token-store.js';
export type { Clock } from './util/clock.js';
export type { ClockCorrection } from './core/latest-time.js';
export type { CredentialEnd } from './core/credential-watch.js';
export type { DatasetPermissions } from './core/datasets.js';
export type { EffectivePermissions } from './core/effective-permissions.js';
export type { Amendable } from './core/amendments.js';
export type { ActiveLimits, RenewableLimits, TokenTimes } from './core/expiry.js';
export type { AnySessionError, Refusal, RefusalReason } from './core/errors.js';
export type {
  ApiTokenEvent,
  SessionEvent,
  SessionEventListener,
  SessionEventOfUser,
  SessionEvents,
} from './core/events.js';
export type { SessionLogger } from './core/logger.js';
export type {
  AsymmetricAlgorithm,
  AsymmetricKey,
  Jwk,
  JwkSet,
  JwtSigning,
  KeyPairHalf,
  SecretKey,
} from './core/session-keys.js';
export type {
  ExistingSession,
  OnRefreshReuse,
  SessionPolicy,
  SessionStrategy,
  UserLimit,
} from './core/session-policy.js';
export type {
  Absence,
  AccessOptions,
  AmendResult,
  CreateResult,
  CreateRules,
  EvictedSession,
  LimitReached,
  LimitRules,
  OnLimit,
  OnUserLimit,
  Page,
  PageRequest,
  RevokeReason,
  RotateResult,
  Rotation,
  RotationRequest,
  SessionChange,
  SweepBudget,
  SweepResult,
} from './core/session-store.js';
export type { MaybePromise } from './util/maybe-promise.js';
export type {
  ActiveRecord,
  Amendment,
  ApiTokenInfo,
  Authentication,
  ListedSession,
  SessionData,
  SessionDetails,
  SessionInfo,
  SessionRecord,
  SessionTokenInfo,
  SessionTokens,
  TokenInfo,
} from './core/session.js';
export type { NoAuthSessionManagerParts } from './managers/no-auth-session.manager.js';
export type {
  BrowsedApiTokens,
  BrowsedSessions,
  BrowseOptions,
  InvalidateAllOptions,
  InvalidatedCounts,
  InvalidatedSession,
  InvalidateEveryOptions,
  InvalidateOptions,
  SessionChanges,
  SessionTarget,
  ValidateOptions,
} from './managers/manager-types.js';
export type { JwksVerifierModuleAsyncOptions } from './nest/jwks/jwks-verifier.module.js';
export type {
  AuditedHandler,
  AuditOptions,
  HandlerAccess,
  HandlerKind,
} from './nest/audit/audited-handler.js';
export type { DatasetRequirement } from './nest/rules/metadata.js';
export type { ConnectionEnd, ConnectionEndReason } from './nest/connections/connection-end.js';
export type { CloseConnection, TrackedConnection } from './nest/connections/open-connection.js';
export type { ConnectionTarget } from './nest/connections/open-connections.js';
export type { RefusalDisclosure } from './nest/contexts/http/http-errors.js';
export type { CarriedSession } from './nest/contexts/request-session.js';
export type {
  OptionsWithoutStrategy,
  SessionModuleAsyncOptions,
  SessionOptionsFactory,
} from './nest/module-definition.js';
export type { FileApiTokenStoreOptions } from './stores/file/file-api-token.store.js';
