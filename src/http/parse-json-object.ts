import { BadRequestException } from '@nestjs/common';

const MAX_DEPTH = 8;
/**
 * The JSON object that the bytes spell.
 *
 * @throws BadRequestException for anything else, for nesting beyond what any route takes, and for members named like
 * something that every object inherits: they could reach a prototype, and class-transformer drops them without a word.
 */
export function parseJsonObject(bytes: Uint8Array): object {
  const value = parse(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRequestException('The body must be a JSON object');
  }
  checkMembers(value);
  return value;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    // The parser's own message quotes the body, which may hold a password.
    throw new BadRequestException('The body is not JSON in UTF-8', { cause });
  }
}

/** Level by level rather than by recursion, which a deep body would exhaust. */
function checkMembers(root: object): void {
  let level: readonly unknown[] = [root];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw new BadRequestException(`The body may be nested ${MAX_DEPTH} deep at most`);
    level = level.flatMap(checkedChildren);
  }
}

function checkedChildren(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const name = Object.keys(value).find((key) => key in Object.prototype);
  if (name !== undefined) throw new BadRequestException(`A member may not be called ${name}`);
  return Object.values(value);
}
