/**
 * FNV-1a over the characters of a text, in 32 bits, of which the upper ones are the better mixed. Spreads texts evenly
 * over a table, and keeps nobody from choosing texts that meet in it.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
