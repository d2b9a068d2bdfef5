import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

const STAND_INS = join(import.meta.dirname, 'stand-ins');

/**
 * The environment of a reader's terminal: nothing of Jest's, a home of its own, and in front of PATH this very Node,
 * an npm that installs from the workspace, and a curl where the machine has none.
 */
export async function readerEnvironment(root: string): Promise<NodeJS.ProcessEnv> {
  const [bin, home, temporary] = [join(root, 'bin'), join(root, 'home'), join(root, 'tmp')];
  for (const folder of [bin, home, temporary]) await mkdir(folder);
  await command(bin, 'node', `exec '${process.execPath}' "$@"`);
  await command(
    bin,
    'npm',
    `case $1 in
      install | i) exec node '${join(STAND_INS, 'npm-install.js')}' "$@" ;;
      *) exec '${await onPath('npm')}' "$@" ;;
    esac`,
  );
  if ((await onPath('curl')) === undefined) {
    await command(bin, 'curl', `exec node '${join(STAND_INS, 'curl.js')}' "$@"`);
  }
  return {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
}

async function command(bin: string, name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Where a program lies that a shell would find; beside this very Node first, as its own npm does. */
async function onPath(name: string): Promise<string | undefined> {
  for (const folder of [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]) {
    const path = join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
