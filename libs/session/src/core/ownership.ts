/** Whether something may be touched as that owner's: as whoever's, if none is named; one named as `undefined` is nobody. */
export function isOwnedBy(
  record: { readonly username?: string },
  owner: { readonly username?: string },
): boolean {
  if (!('username' in owner)) return true;
  return owner.username !== undefined && owner.username === record.username;
}
