import { createHash } from 'node:crypto';

/** Characters of base64url of a SHA-256: 132 bits, of which nobody finds two user names with the same. */
const USER_LENGTH = 22;

/**
 * Where everything of a namespace lies. Whoever wants a key says first whose, or of which id: all that is asked for
 * together has to lie in one slot of a cluster, which its hash tag decides.
 */
export class RedisKeys {
  readonly #all: PlaceKeys;

  constructor(namespace: string) {
    this.#all = new PlaceKeys(`{${namespace}}:`);
  }

  /** The place of a user's sessions and API tokens. */
  ofUser(_username: string): PlaceKeys {
    return this.#all;
  }

  /** The place of the session or API token of that id, which is its owner's. */
  ofId(_id: string): PlaceKeys {
    return this.#all;
  }

  /** Every place there is. */
  get places(): readonly PlaceKeys[] {
    return [this.#all];
  }
}

/** The keys with one hash tag. */
export class PlaceKeys {
  /** The hash tag, and what parts it from the rest. */
  readonly prefix: string;
  /** Session ids by the second in which they cease to be active. */
  readonly active: string;
  /** Session ids by the second in which they are over. */
  readonly over: string;
  /** Session ids by the order in which they took a slot. */
  readonly slots: string;
  /** Up to which slot nobody is active, and when that holds. */
  readonly front: string;
  /** How many sessions were issued in a second, for those that a wrong clock has dated ahead. */
  readonly issued: string;
  /** The latest number in the order of creation and of slots. */
  readonly seq: string;
  /** How often all sessions were ended at once; those of an older era are not there. */
  readonly era: string;
  /** Of how many eras nothing is left to free. */
  readonly freed: string;
  /** Who sweeps at present. */
  readonly sweeper: string;
  /** The channel of what ended, or was refreshed. */
  readonly ended: string;
  /** The jtis of API tokens, in their order. */
  readonly tokens: string;
  /** The jtis of API tokens by the moment from which they are over. */
  readonly tokensOver: string;
  /** How often all API tokens were ended at once; those of an older era are not there. */
  readonly tokensEra: string;
  /** The eras of API tokens that have ended, while something is left to free of them; where that lies begins with this. */
  readonly tokensEras: string;
  /** Who sweeps API tokens at present. */
  readonly tokensSweeper: string;
  /** The channel of API tokens that ended. */
  readonly tokensEnded: string;
  /** When all of a user's API tokens were ended, or everybody's. */
  readonly cutOffs: string;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.active = `${prefix}active`;
    this.over = `${prefix}over`;
    this.slots = `${prefix}slots`;
    this.front = `${prefix}front`;
    this.issued = `${prefix}issued`;
    this.seq = `${prefix}seq`;
    this.era = `${prefix}era`;
    this.freed = `${prefix}freed`;
    this.sweeper = `${prefix}sweeper`;
    this.ended = `${prefix}ended`;
    this.tokens = `${prefix}tokens`;
    this.tokensOver = `${prefix}tokens-over`;
    this.tokensEra = `${prefix}tokens-era`;
    this.tokensEras = `${prefix}tokens-eras`;
    this.tokensSweeper = `${prefix}tokens-sweeper`;
    this.tokensEnded = `${prefix}tokens-ended`;
    this.cutOffs = `${prefix}cut-offs`;
  }

  /** A session, or why it is gone. */
  session(id: string): string {
    return `${this.prefix}s:${id}`;
  }

  /** A user's session ids in order of creation. */
  sessionsOf(username: string): string {
    return `${this.prefix}u:${userKey(username)}`;
  }

  /** The session ids of an era that has ended, of which not all are freed. */
  overOf(era: string): string {
    return `${this.over}-${era}`;
  }

  /** What the key of any API token begins with. */
  get tokenOfAny(): string {
    return `${this.prefix}t:`;
  }

  /** What the key of any user's jtis begins with. */
  get tokensOfAny(): string {
    return `${this.prefix}tu:`;
  }

  /** An API token. */
  token(jti: string): string {
    return `${this.prefix}t:${jti}`;
  }

  /** A user's jtis in order of creation. */
  tokensOf(username: string): string {
    return `${this.prefix}tu:${userKey(username)}`;
  }
}

/** A user in a key: nothing that a user has typed stands in one. */
export function userKey(username: string): string {
  return createHash('sha256').update(username).digest('base64url').slice(0, USER_LENGTH);
}
