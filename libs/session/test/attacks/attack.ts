/** A token that opens something now, and what else an attacker may have got hold of. */
export class Live {
  readonly token: string;
  /** Another user's token of the same kind, just as good. */
  readonly stranger: string;
  /** What the server signs with. Nobody outside has it: it is for what the server itself would never write. */
  readonly key: Uint8Array;

  constructor(token: string, stranger: string, key: Uint8Array) {
    this.token = token;
    this.stranger = stranger;
    this.key = key;
  }

  /** The three parts of a JWT. */
  get parts(): [header: string, claims: string, signature: string] {
    return partsOf(this.token);
  }

  /** What a JWT says. */
  get claims(): Claims {
    return claimsOf(this.token);
  }
}

export type Claims = Record<string, unknown> & { jti: string; sub: string; iat: number; exp: number };

export function partsOf(jwt: string): [header: string, claims: string, signature: string] {
  return jwt.split('.') as [string, string, string];
}

export function claimsOf(jwt: string): Claims {
  return JSON.parse(Buffer.from(partsOf(jwt)[1], 'base64url').toString()) as Claims;
}

/** Makes of a live token one that must not be accepted. */
export type Forge = (live: Live) => string;

/** Attacks by what they do; each must make a token of its own. */
export type Attacks = Readonly<Record<string, Forge>>;

export interface Family {
  readonly name: string;
  readonly attacks: Attacks;
  /** Whether the server's key signed them and only a record in its store gives them away. Otherwise no store is asked. */
  readonly asksStore?: boolean;
  /**
   * Whether these are ahead of their record. They open nothing and yet renew the session: the server did sign them,
   * before a fail-over lost the write (see `SessionStore.rotate`).
   */
  readonly renews?: boolean;
}

/** One attack for each value. */
export function each<T>(
  title: string,
  values: readonly T[],
  forge: (live: Live, value: T) => string,
): Record<string, Forge> {
  return Object.fromEntries(
    values.map((value) => [`${title} ${JSON.stringify(value)}`, (live: Live) => forge(live, value)]),
  );
}
