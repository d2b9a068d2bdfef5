import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program that the bench starts: of `TEST_REDIS_SERVER`, or from the PATH. */
export function redisProgram(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env['TEST_REDIS_SERVER'] ?? onPath('redis-server', env['PATH'] ?? '');
}

/** What the scenarios on Redis lack on this machine, if anything. */
export function missingRedis(env?: NodeJS.ProcessEnv): string | undefined {
  if (redisProgram(env) !== undefined) return undefined;
  return 'no redis-server on the PATH, and TEST_REDIS_SERVER names none';
}

function onPath(program: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
