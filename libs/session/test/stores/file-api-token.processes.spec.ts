import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { formatEntry } from '../../src/stores/file/api-token-line.js';
import { Journal } from '../../src/stores/file/journal.js';
import { OtherProcesses } from './other-process.js';
import { HOUR, isGood, signedBy, START, TokenFolder, tokenOf } from './token-folder.js';

describe('the file of API tokens between processes', () => {
  let processes: OtherProcesses;
  let tokens: TokenFolder;
  beforeAll(() => {
    processes = new OtherProcesses();
  });
  afterAll(() => processes.dispose());
  beforeEach(() => {
    tokens = new TokenFolder();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    tokens.dispose();
  });

  it('A4 a token made in another process is good here', async () => {
    const record = tokenOf('alice', 'jti-1', { label: 'made elsewhere' });
    await processes.withStore(
      tokens.folder,
      `await store.put(JSON.parse(args[0]), ${START});`,
      JSON.stringify(record),
    );
    expect(await tokens.open().listByUser('alice', START)).toEqual([record]);
  });

  it('R1 a revocation in another process is seen within 1 s, by the default', async () => {
    const store = tokens.open('by default');
    await store.put(tokenOf('alice', 'jti-1'), START);
    const watching = watch(() => isGood(store, 'jti-1'));
    await processes.withStore(tokens.folder, `await store.revoke('jti-1', {}, ${START});`);
    const revoked = performance.now();
    const refused = await watching;
    expect(refused - revoked).toBeLessThan(1000);
  });

  it.each([
    ['by the default within 1 s', 'by default', 1000],
    ['within the maxStaleness chosen', 50, 200],
  ] as const)(
    'R1 a revocation elsewhere is seen %s, though the file was looked at just before',
    async (_when, chosen, limit) => {
      const [here, there] = [tokens.open(chosen), tokens.open()];
      await here.put(tokenOf('alice', 'jti-1'), START);
      await there.revoke('jti-1', {}, START);
      const revoked = performance.now();
      expect((await watch(() => isGood(here, 'jti-1'))) - revoked).toBeLessThan(limit);
    },
  );

  it('a check of a token does not look at the file before the maxStaleness chosen is over', async () => {
    const [here, there] = [tokens.open(Infinity), tokens.open()];
    await here.put(tokenOf('alice', 'jti-1'), START);
    await there.revoke('jti-1', {}, START);
    expect(await isGood(here, 'jti-1')).toBe(true);
    await here.ping();
    expect(await isGood(here, 'jti-1')).toBe(false);
  });

  it('A4 tokens made elsewhere are good at once, by the default, though the file was looked at just before', async () => {
    const store = tokens.open('by default');
    const refused: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      const record = tokenOf('alice', `jti-${index}`);
      await store.ping();
      await tokens.open().put(record, START);
      if (!(await isGood(store, record.jti))) refused.push(record.jti);
    }
    expect(refused).toEqual([]);
  });

  it('looks once for however many unknown tokens come in one turn, and not at all for those that it knows', async () => {
    const store = tokens.open(Infinity);
    for (const jti of ['good', 'revoked']) await store.put(tokenOf('alice', jti), START);
    await store.revoke('revoked', {}, START);
    const look = jest.spyOn(Journal.prototype, 'look');
    const known = [isGood(store, 'good'), isGood(store, 'revoked'), isGood(store, 'good', 'mallory')];
    expect(await Promise.all(known)).toEqual([true, false, false]);
    expect(look).toHaveBeenCalledTimes(0);
    for (let turn = 1; turn <= 3; turn += 1) {
      const unknown = Array.from({ length: 100 }, (_, index) => isGood(store, `unknown-${index}`));
      expect(await Promise.all(unknown)).toEqual(unknown.map(() => false));
      expect(look).toHaveBeenCalledTimes(turn);
    }
  });

  it('R6 cannot say that a token is unknown while the file cannot be read', async () => {
    const store = tokens.open(Infinity);
    await store.put(tokenOf('alice', 'jti-1'), START);
    jest.spyOn(Journal.prototype, 'look').mockImplementation(() => {
      throw new Error('EIO');
    });
    await expect(isGood(store, 'jti-2')).rejects.toThrow('EIO');
    jest.restoreAllMocks();
    expect(await isGood(store, 'jti-2')).toBe(false);
    expect(await isGood(store, 'jti-1')).toBe(true);
  });

  it('A4 processes that write at the same time lose nothing', async () => {
    const script = `
      const [name] = args;
      for (let index = 0; index < 25; index += 1) {
        const jti = name + '-' + index;
        await store.put({ jti, username: 'alice', issuedAt: ${START}, expiresAt: ${START + HOUR} }, ${START});
        if (index % 5 === 0) await store.revoke(jti, {}, ${START});
      }`;
    await Promise.all(['a', 'b', 'c'].map((name) => processes.withStore(tokens.folder, script, name)));
    const store = tokens.open();
    const listed = (await store.listByUser('alice', START)).map(({ jti }) => jti);
    const expected = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: 25 }, (_, index) => index)
        .filter((index) => index % 5 !== 0)
        .map((index) => `${name}-${index}`),
    );
    expect(listed.sort()).toEqual(expected.sort());
    expect(tokens.warnings).toEqual([]);
  });

  it('A2 what was put survives a process that is killed the moment put resolves', async () => {
    const script = `
      await store.put({ jti: 'jti-1', username: 'alice', issuedAt: ${START}, expiresAt: ${START + HOUR} }, ${START});
      process.kill(process.pid, 'SIGKILL');`;
    await expect(processes.withStore(tokens.folder, script)).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await tokens.open().access('jti-1', signedBy('alice'), START)).toBeDefined();
  });

  it('A2 a full disk makes put and revoke reject, and leaves the file as it was, with all that was handed out', async () => {
    const script = `
      const file = () => readFileSync(store.path, 'utf8');
      const record = (jti) => ({ jti, username: 'alice', issuedAt: ${START}, expiresAt: ${START + HOUR} });
      let [count, before, error] = [0, '', ''];
      while (error === '' && count < 1000) {
        try {
          await store.put(record('jti-' + count), ${START});
          count += 1;
          before = file();
        } catch (thrown) {
          error = thrown.code ?? thrown.message;
        }
      }
      const refused = async (verb) => verb().then(() => false, () => true);
      say(JSON.stringify({
        count,
        error,
        isAsBefore: file() === before,
        revokeRejects: await refused(() => store.revoke('jti-0', {}, ${START})),
        revokeByUserRejects: await refused(() => store.revokeByUser('alice', ${START})),
        isStillAsBefore: file() === before,
      }));`;
    const { count, ...rest } = JSON.parse(
      await processes.onFullDisk(16, tokens.folder, `import { readFileSync } from 'node:fs'; ${script}`),
    );
    expect(rest).toEqual({
      error: expect.stringMatching(/EFBIG|part of a line/),
      isAsBefore: true,
      revokeRejects: true,
      revokeByUserRejects: true,
      isStillAsBefore: true,
    });
    expect(count).toBeGreaterThan(10);
    const store = tokens.open();
    expect(await store.listByUser('alice', START)).toHaveLength(count);
    await store.put(tokenOf('alice', 'later'), START);
    expect(await store.revoke('jti-0', {}, START)).toBeDefined();
    expect(tokens.warnings).toEqual([]);
  });

  it('A3 a disk too full for the compacted file leaves the old one, and fails no sweep', async () => {
    const lines = Array.from({ length: 300 }, (_, index) =>
      formatEntry({
        kind: 'registered',
        record: tokenOf('alice', `jti-${index}`, { expiresAt: START + (index < 200 ? -HOUR : HOUR) }),
      }),
    );
    tokens.write(...lines, '');
    const before = tokens.text;
    await processes.onFullDisk(8, tokens.folder, `await sweep(${START}); say('swept');`);
    expect(tokens.text).toBe(before);
    expect(readdirSync(tokens.folder)).toEqual(['api_token.txt']);
    await processes.withStore(tokens.folder, `await sweep(${START});`);
    expect(tokens.lines).toHaveLength(101);
  });

  it.each([
    'ping()',
    "access('jti-1', { username: 'alice', issuedAt: 0 }, 1)",
    "put({ jti: 'x', expiresAt: 1e13 }, 1)",
  ])('A1 with a named pipe in place of the file %s fails, and does not hang', async (call) => {
    execFileSync('mkfifo', [tokens.path]);
    const script = `try { await store.${call}; console.log('taken'); } catch { console.log('refused'); }`;
    expect(await processes.withStore(tokens.folder, script)).toBe('refused\n');
  });
});

/** Asks again and again until the answer is no; answers when that was. */
async function watch(ask: () => Promise<boolean>): Promise<number> {
  while (await ask()) await setTimeout(10);
  return performance.now();
}
