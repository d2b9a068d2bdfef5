import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AppConfig } from '../config/app-config.js';
import { makeDemoDataset } from '../datasets/demo-dataset.js';
import { BoundedQueue } from '../users/bounded-queue.js';
import type { Credentials } from '../users/credentials.js';
import { inventLogins, toStoredUsers, type FirstLogin } from '../users/demo-users.js';
import { LoginPauses } from '../users/login-pauses.js';
import { NoCredentials } from '../users/no-credentials.js';
import { PasswordCredentials } from '../users/password-credentials.js';
import { UserDirectory } from '../users/user-directory.js';
import type { User } from '../users/user.js';
import { createUsersFile, readUsersFile } from '../users/users-file.js';
import { readOrMakeSecretKey } from './secret-key-file.js';

/** What the application keeps on disk, opened. */
export interface DataFolder {
  readonly path: string;
  readonly datasetsPath: string;
  readonly credentials: Credentials;
  findUser(username: string): User | null;
  /** `undefined` where nothing is signed. */
  readonly secretKey?: Uint8Array;
  /** Who can log in, if this was the first start; to be shown once. */
  readonly firstLogins?: readonly FirstLogin[];
}

/** The user that the library gives every request under the strategy `no-auth`. */
const EVERYONE: User = { username: 'admin', role: 'admin' };

/** Opens the data folder, and makes what is missing in it. */
export async function openDataFolder(config: AppConfig): Promise<DataFolder> {
  const path = resolve(config.dataDir);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const datasetsPath = join(path, 'datasets');
  await makeDemoDataset(datasetsPath);
  const folder = { path, datasetsPath };
  if (config.strategy === 'no-auth') {
    const findUser = (username: string) => (username === EVERYONE.username ? EVERYONE : null);
    return { ...folder, credentials: new NoCredentials(), findUser };
  }
  const secretKey = await readOrMakeSecretKey(join(path, 'secret.key'));
  return { ...folder, secretKey, ...(await openUsers(join(path, 'users.json'), config)) };
}

async function openUsers(
  path: string,
  { passwordCost, passwordChecks, loginPauses }: AppConfig,
): Promise<Pick<DataFolder, 'credentials' | 'findUser' | 'firstLogins'>> {
  const firstLogins = await makeDemoUsers(path, passwordCost);
  const users = new UserDirectory(await readUsersFile(path));
  const credentials = new PasswordCredentials(
    users,
    new LoginPauses(loginPauses),
    new BoundedQueue(passwordChecks),
  );
  return { credentials, findUser: (username) => users.find(username), ...(firstLogins && { firstLogins }) };
}

async function makeDemoUsers(
  path: string,
  cost: AppConfig['passwordCost'],
): Promise<readonly FirstLogin[] | undefined> {
  if (await exists(path)) return undefined;
  const logins = inventLogins();
  return (await createUsersFile(path, await toStoredUsers(logins, cost))) ? logins : undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
