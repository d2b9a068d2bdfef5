import { createRequire } from 'node:module';

/** The major version of a package that the application has, looked up from its main script and then from where it was started. */
export function installedMajor(name: string): number | undefined {
  for (const start of [process.argv[1], `${process.cwd()}/`]) {
    try {
      const { version } = createRequire(start!)(`${name}/package.json`) as { version: string };
      return Number.parseInt(version, 10);
    } catch {
      // Not from there.
    }
  }
  return undefined;
}
