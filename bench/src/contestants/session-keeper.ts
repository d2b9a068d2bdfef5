/** Someone who keeps a session of each user on a server, and is asked for it as a request asks. */
export interface SessionKeeper {
  readonly name: string;
  /** What each user's requests bring along, in the order of their numbers. */
  readonly credentials: readonly string[];
  /** Whose session that is; notes the access. Rejects, or answers `undefined`, where there is none. */
  visit(credential: string): Promise<string | undefined>;
  leave(credential: string): Promise<unknown>;
}
