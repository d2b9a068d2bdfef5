import type { SessionKeeper } from '../contestants/session-keeper.js';

/** Ends the run unless the session of the last of these users is there, and no more once that user has left. */
export async function proveLeaving(keeper: SessionKeeper, users: readonly string[]): Promise<void> {
  const [user, credential] = [users.at(-1)!, keeper.credentials.at(-1)!];
  const found = await whose(keeper, credential);
  if (found !== user) throw new Error(`${keeper.name} finds ${found} where ${user} has logged in`);
  await keeper.leave(credential);
  if ((await whose(keeper, credential)) !== undefined) {
    throw new Error(`${keeper.name} finds ${user}, who has left`);
  }
}

async function whose(keeper: SessionKeeper, credential: string): Promise<string | undefined> {
  try {
    return await keeper.visit(credential);
  } catch {
    return undefined;
  }
}
