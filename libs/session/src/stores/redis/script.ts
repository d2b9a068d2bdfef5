import { createHash } from 'node:crypto';

/** A step that the server takes as one: nothing falls between its reading and its writing. */
export interface Script {
  /** Lua, as Redis 6.2 and later and Valkey run it. */
  readonly text: string;
  /** The name by which the server knows it once it has run. */
  readonly sha1: string;
}

/** The script of that text. */
export function script(text: string): Script {
  return Object.freeze({ text, sha1: createHash('sha1').update(text).digest('hex') });
}
