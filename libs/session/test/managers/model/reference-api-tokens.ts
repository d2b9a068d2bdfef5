import type { ApiTokenEvent, SessionEvent } from '../../../src/core/events.js';
import { TokenType } from '../../../src/core/token-type.js';
import { gives, refuses, type Foretold } from './outcome.js';
import type { ApiTokenRequest, HandedOut, Owner, Presented } from './reference.js';
import { ceil, floor } from './whole-seconds.js';

interface ApiToken {
  readonly jti: string;
  readonly username: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly request: ApiTokenRequest;
  lastAccessed?: number;
  ended: boolean;
  /** Whether a clean-up may have dropped it; a file that is read again at a restart may bring it back. */
  perhapsDropped: boolean;
}

/** An answer that the contract leaves open. */
export const EITHER = Symbol('true or false');

/** What API tokens are a part of. */
interface Whole {
  now(): number;
  readonly handedOut: HandedOut[];
  tell(event: Told): void;
}

type Told = ApiTokenEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

/** The contract of API tokens, as an array too. */
export class ReferenceApiTokens {
  readonly #tokens: ApiToken[] = [];
  readonly #of: Whole;
  /** Of which the contract leaves open whether they were there to be ended. */
  readonly #perhapsEnded = new Set<string>();

  constructor(of: Whole) {
    this.#of = of;
  }

  /** Whether the contract leaves open that this is told. */
  leavesOpen(event: SessionEvent): boolean {
    return event.type === 'api-token-ended' && this.#perhapsEnded.has(event.jti);
  }

  edges(): number[] {
    return this.#tokens.map(({ expiresAt }) => expiresAt);
  }

  create(username: string, request: ApiTokenRequest, jti: string): Foretold {
    const now = this.#of.now();
    if (username === '') return refuses('INVALID_INPUT');
    const { expiration = 3600 } = request;
    const expiresAt =
      expiration instanceof Date ? floor(expiration.getTime()) : ceil(now) + expiration * 1000;
    if (expiration === 0 || expiresAt <= now) return refuses('INVALID_EXPIRATION');
    const issuedAt = floor(now);
    this.#tokens.push({ jti, username, issuedAt, expiresAt, request, ended: false, perhapsDropped: false });
    const carries = { issuedAt, expiresAt };
    this.#of.handedOut.push({ name: jti, type: TokenType.Api, username, carries });
    this.#of.tell({ type: 'api-token-created', username, jti, ...labelOf(request) });
    return gives({ token: jti, jti, expiresAt: new Date(expiresAt) });
  }

  /** Of a genuine token that carries no expiry in the past. */
  validate({ name }: HandedOut): Foretold {
    const token = this.#tokens.find(({ jti }) => jti === name)!;
    if (token.ended) return refuses('ACCESS_TOKEN_NOT_FOUND', 'unknown', 'api token ended');
    token.lastAccessed = floor(this.#of.now());
    const { datasets, label } = token.request;
    const info = {
      ...{ username: token.username, type: TokenType.Api, jti: name },
      ...{
        issuer: 'plantdb-api',
        audience: 'plantdb-client',
        ...(datasets && { datasets }),
        ...(label && { label }),
      },
      issuedAt: new Date(token.issuedAt),
      createdAt: new Date(token.issuedAt),
      lastAccessed: new Date(token.lastAccessed),
      expiresAt: new Date(token.expiresAt),
    };
    return gives(info, 'good api');
  }

  invalidate(target: { token: Presented } | { jti: string }, owner: Owner): Foretold {
    const named = 'jti' in target ? target.jti : nameOf(target.token);
    const token = this.#tokens.find(({ jti }) => jti === named);
    if (!token || token.ended) return gives(false);
    if ('username' in owner && owner.username !== token.username) return gives(false, "another user's");
    if (token.perhapsDropped && this.#isExpired(token)) {
      this.#perhapsEnded.add(token.jti);
      return gives(EITHER, 'perhaps dropped');
    }
    token.ended = true;
    const { jti, username, request } = token;
    this.#of.tell({ type: 'api-token-ended', username, jti, ...labelOf(request) });
    return gives(true, this.#isExpired(token) ? 'ended an expired one' : 'ended');
  }

  /** Answers how many ended that had not expired. */
  endAllOf(username: string): number {
    const own = this.#tokens.filter((token) => token.username === username && !token.ended);
    const ending = own.filter((token) => !this.#isExpired(token));
    for (const token of ending) {
      token.ended = true;
      this.#of.tell({ type: 'api-token-ended', username, jti: token.jti });
    }
    for (const token of own) token.perhapsDropped = true;
    return ending.length;
  }

  /** Answers how many ended that had not expired; nothing is left of the others either. */
  endEverybodys(): number {
    const ending = this.#tokens.filter((token) => !token.ended && !this.#isExpired(token)).length;
    for (const token of this.#tokens) token.ended = true;
    this.#of.tell({ type: 'api-tokens-ended-all', count: ending });
    return ending;
  }

  browse(): Foretold {
    return gives(
      this.#tokens
        .filter((token) => !token.ended && !this.#isExpired(token))
        .map((token) => ({ ...listed(token), username: token.username }))
        .sort((a, b) => (a.jti < b.jti ? -1 : 1)),
    );
  }

  sweep(): void {
    for (const token of this.#tokens) token.perhapsDropped ||= this.#isExpired(token);
  }

  list(username: string): Foretold {
    return gives(
      this.#tokens
        .filter((token) => token.username === username && !token.ended && !this.#isExpired(token))
        .map(listed),
    );
  }

  #isExpired({ expiresAt }: ApiToken): boolean {
    return this.#of.now() >= expiresAt;
  }
}

function listed({ jti, request, issuedAt, lastAccessed, expiresAt }: ApiToken) {
  return {
    jti,
    ...labelOf(request),
    createdAt: new Date(issuedAt),
    ...(lastAccessed !== undefined && { lastAccessed: new Date(lastAccessed) }),
    expiresAt: new Date(expiresAt),
  };
}

function labelOf({ label }: ApiTokenRequest) {
  return label === undefined ? {} : { label };
}

function nameOf(token: Presented): string | undefined {
  return typeof token === 'object' && token.type === TokenType.Api ? token.name : undefined;
}
