import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { ADAPTERS } from './support/adapters.js';
import { beginRequest } from './support/slow-request.js';

const fs = await import('node:fs/promises');

/** Runs before each step that touches the file system. */
let beforeStep = async () => {};
const stepped = Object.entries(fs).map(([name, step]) => [
  name,
  typeof step !== 'function'
    ? step
    : async (...args: unknown[]) => {
        await beforeStep();
        return (step as (...args: unknown[]) => unknown)(...args);
      },
]);
jest.unstable_mockModule('node:fs/promises', () => Object.fromEntries(stepped) as typeof fs);
// Imported after the mock, which would not reach them otherwise.
const { DatasetFolder } = await import('../src/datasets/dataset-folder.js');
const { useTempFolders, useTestApps } = await import('./support/use-test-apps.js');

type Folder = InstanceType<typeof DatasetFolder>;

async function* twoPieces() {
  await beforeStep();
  yield Buffer.from('half ');
  await beforeStep();
  yield Buffer.from('file');
}

/** Each verb, what it answers when nobody interferes, and what when the dataset or the file has gone meanwhile. */
const VERBS: readonly (readonly [string, (folder: Folder) => Promise<unknown>, unknown[]])[] = [
  ['delete', (folder) => folder.delete('demo'), [true, false]],
  ['has', (folder) => folder.has('demo'), [true, false]],
  ['listFiles', (folder) => folder.listFiles('demo'), [[{ name: 'a', size: 1 }], [], undefined]],
  ['openFile', readOnce, ['x', undefined]],
  ['writeFile', (folder) => folder.writeFile('demo', 'b', twoPieces()), [9, undefined]],
  ['deleteFile', (folder) => folder.deleteFile('demo', 'a'), [true, false]],
];

async function readOnce(folder: Folder): Promise<string | undefined> {
  const found = await folder.openFile('demo', 'a');
  if (found === undefined) return undefined;
  const text = await found.handle.readFile('utf8');
  await found.handle.close();
  return text;
}

const RIVALS: readonly (readonly [string, (root: string) => Promise<unknown>])[] = [
  ['deletes the dataset', (root) => fs.rm(join(root, 'demo'), { recursive: true, force: true })],
  ['deletes the file', (root) => fs.rm(join(root, 'demo', 'a'), { force: true })],
  [
    'puts a file in the place of the dataset',
    async (root) => {
      await fs.rm(join(root, 'demo'), { recursive: true, force: true });
      await fs.writeFile(join(root, 'demo'), 'x');
    },
  ],
];

describe('Between any two steps of a dataset, somebody', () => {
  const tempFolder = useTempFolders();

  /**
   * Runs a verb with the rival before its n-th step.
   *
   * @returns its answer, and whether it had so many steps.
   */
  async function withRivalAt(
    n: number,
    verb: (folder: Folder) => Promise<unknown>,
    rival: (typeof RIVALS)[0][1],
  ) {
    const root = await tempFolder();
    await fs.mkdir(join(root, 'demo'));
    await fs.writeFile(join(root, 'demo', 'a'), 'x');
    let steps = 0;
    beforeStep = async () => {
      if (steps++ === n) await rival(root);
    };
    try {
      return { answer: await verb(new DatasetFolder(root)), reached: steps > n };
    } finally {
      beforeStep = async () => {};
    }
  }

  describe.each(RIVALS)('%s', (_rival, rival) => {
    it.each(VERBS)('and %s answers', async (_verb, verb, answers) => {
      let n = 0;
      for (let reached = true; reached; n++) {
        const met = await withRivalAt(n, verb, rival);
        expect(answers).toContainEqual(met.answer);
        reached = met.reached;
      }
      // At least one window was there to be met.
      expect(n).toBeGreaterThan(1);
    });
  });

  it('uploads, and the dataset goes as a whole', async () => {
    const root = await tempFolder();
    await fs.mkdir(join(root, 'demo'));
    for (let i = 0; i < 200; i++) await fs.writeFile(join(root, 'demo', `${i}`), 'x');
    const folder = new DatasetFolder(root);
    const deleted = folder.delete('demo');
    let accepted: unknown;
    do accepted = await folder.writeFile('demo', 'new', twoPieces());
    while (accepted !== undefined);
    expect(await deleted).toBe(true);
    expect(await fs.readdir(root)).toEqual([]);
  });
});

describe.each(ADAPTERS)('A dataset that is deleted on %s', (_, makeAdapter) => {
  const apps = useTestApps(makeAdapter);

  it('has uploads that are under way answered with 404, and is gone', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const authorization = { Authorization: `Bearer ${access_token}` };
    const upload = await beginRequest(`${app.url}/datasets/demo/files/a`, 'PUT', authorization, 'half ');
    await app.send('delete', '/datasets/demo', access_token).expect(204);
    expect((await upload.finish('file')).status).toBe(404);
    await app.send('get', '/datasets', access_token).expect(200, []);
    expect(await readdir(join(app.dataDir, 'datasets'))).toEqual([]);
  });

  it('has uploads that are under way answered with 404 though there is one of its name again', async () => {
    const app = await apps.open();
    const { access_token } = await app.login();
    const authorization = { Authorization: `Bearer ${access_token}` };
    const upload = await beginRequest(`${app.url}/datasets/demo/files/a`, 'PUT', authorization, 'half ');
    await app.send('delete', '/datasets/demo', access_token).expect(204);
    await app.send('put', '/datasets/demo', access_token).expect(201);
    expect((await upload.finish('file')).status).toBe(404);
    await app.send('get', '/datasets/demo/files', access_token).expect(200, []);
  });
});
