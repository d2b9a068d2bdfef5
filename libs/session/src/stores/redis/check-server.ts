import type { SessionLogger } from '../../core/logger.js';
import { printableError } from '../../util/text.js';
import type { PlaceKeys } from './keys.js';
import type { RedisConnection } from './redis-client.js';
import { script } from './script.js';

const INFO = script(`
return redis.call('INFO', 'server') .. redis.call('INFO', 'memory') .. redis.call('INFO', 'persistence')
`);

/** Looks at how the server is set up, and warns of what would lose sessions, or the process; what may not be asked is a debug line. */
export async function checkServer(
  connection: RedisConnection,
  { era }: PlaceKeys,
  logger: SessionLogger,
): Promise<void> {
  if (connection.endsTheProcess) {
    logger.warn(
      "The Redis client has no listener of 'error': the first lost connection ends this process. Give it one: " +
        "client.on('error', (error) => logger.error(error))",
    );
  }
  try {
    const info = String(await connection.run(INFO, [era], []));
    checkVersion(fieldOf(info, 'redis_version'), logger);
    checkEviction(fieldOf(info, 'maxmemory_policy'), logger);
    if (fieldOf(info, 'aof_enabled') === '0' && (await connection.setting('save')) === '') {
      logger.warn(
        'The Redis server keeps nothing on disk: a restart logs everybody out. Set appendonly yes, or save points',
      );
    }
  } catch (error) {
    logger.debug(`How the Redis server is set up cannot be told: ${printableError(error)}`);
  }
}

function checkVersion(version: string | undefined, logger: SessionLogger): void {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version === undefined || major > 6 || (major === 6 && minor >= 2)) return;
  logger.warn(`The Redis server is of version ${version}; this was made for 6.2 and later`);
}

/** No key of a session carries a TTL, so that what evicts among those that do evicts none. */
function checkEviction(policy: string | undefined, logger: SessionLogger): void {
  if (policy === undefined || policy === 'noeviction' || policy.startsWith('volatile-')) return;
  logger.warn(
    `The Redis server drops sessions when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy to noeviction`,
  );
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
