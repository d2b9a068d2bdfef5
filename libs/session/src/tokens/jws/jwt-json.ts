import { isUtf8 } from 'node:buffer';
import { InvalidTokenError } from '../../core/errors.js';

/** The lexical elements of a JSON text that decide where its outermost members begin. */
const ELEMENT = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/**
 * The JSON object in one part of a token, read strictly: the one spelling of base64url, UTF-8, no member twice
 * (which of the two would count differs from one parser to the next, RFC 7519 §4).
 */
export function parseJsonPart(part: string): Record<string, unknown> {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part || !isUtf8(bytes)) {
    throw new InvalidTokenError('A part of the token is not base64url of UTF-8');
  }
  const text = bytes.toString();
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidTokenError('A part of the token is not a JSON object');
  }
  if (hasMemberTwice(text, value)) {
    throw new InvalidTokenError('A part of the token has a member twice');
  }
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new InvalidTokenError('A part of the token is not JSON');
  }
}

/** Whether the outermost object of a valid JSON text spells out more members than were read of it. */
function hasMemberTwice(text: string, value: object): boolean {
  const read = Object.keys(value).length;
  // Exact is slow, and needed only where a text is nested or has such colons within its strings.
  return atMostMembers(text) !== read && countMembers(text) !== read;
}

/** A bound of the members in all depths: each has a colon, and only a quotation mark or white space before it. */
function atMostMembers(text: string): number {
  let members = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    const before = text[at - 1]!;
    if (before === '"' || before <= ' ') members += 1;
  }
  return members;
}

/** How many members the outermost object of a valid JSON text spells out: its colons at depth one. */
function countMembers(text: string): number {
  let depth = 0;
  let members = 0;
  for (const [element] of text.matchAll(ELEMENT)) {
    if (element === '{' || element === '[') depth += 1;
    else if (element === '}' || element === ']') depth -= 1;
    else if (element === ':' && depth === 1) members += 1;
  }
  return members;
}
