import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const DEMO_DATASET = 'demo';
const DEMO_FILE = 'measurements.csv';
const DEMO_CONTENT = 'plant,day,height_mm\narabidopsis-1,1,12\narabidopsis-1,2,14\narabidopsis-2,1,11\n';

/** Makes the folder of datasets with one in it, unless there is such a folder: a deleted demo stays deleted. */
export async function makeDemoDataset(datasetsPath: string): Promise<void> {
  try {
    await mkdir(datasetsPath, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await mkdir(join(datasetsPath, DEMO_DATASET), { mode: 0o700 });
  await writeFile(join(datasetsPath, DEMO_DATASET, DEMO_FILE), DEMO_CONTENT, { mode: 0o600 });
}
