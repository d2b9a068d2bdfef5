import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const TSC = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');

/**
 * Checks a guide's TypeScript with all the strictness of this repository, whatever tsconfig.json the guide shows,
 * against the library as it is published: through its `exports`.
 */
export async function checkTypes(folder: string): Promise<void> {
  const project = `${folder}.tsconfig.json`;
  await writeFile(
    project,
    JSON.stringify({
      extends: join(REPOSITORY, 'tsconfig.json'),
      compilerOptions: { paths: {}, typeRoots: [join(REPOSITORY, 'node_modules', '@types')] },
      include: [`${folder}/**/*.ts`],
      exclude: [`${folder}/node_modules`, `${folder}/dist`],
    }),
  );
  await promisify(execFile)(process.execPath, [TSC, '--project', project], { cwd: folder }).catch(
    (error: unknown) => {
      throw new Error(`Its TypeScript fails our strictness:\n${(error as { stdout: string }).stdout}`);
    },
  );
}
