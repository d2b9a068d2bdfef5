import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { formatEntry } from '../../src/stores/file/api-token-line.js';
import type { FileApiTokenStore } from '../../src/stores/file/file-api-token.store.js';
import { Journal } from '../../src/stores/file/journal.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { AT_EASE, HOUR, isGood, signedBy, START, TokenFolder, tokenOf } from './token-folder.js';

const MANY = 1000;
/** More than is done to the lines of a slice, and far less than to a thousand. */
const FEW = 150;

describe('a large file of API tokens', () => {
  let tokens: TokenFolder;
  beforeEach(() => {
    tokens = new TokenFolder();
    // A clock by which every line takes a while, on however fast a machine.
    let time = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => (time += 0.1));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    tokens.dispose();
  });

  const large = (name: string, ...more: string[]) => [
    ...Array.from({ length: MANY }, (_, index) => lineOf(`${name}-${index}`)),
    ...more,
    '',
  ];
  /** Puts another file in the place of the one that is there. */
  const replace = (...lines: string[]) => {
    writeFileSync(`${tokens.path}.new`, lines.join('\n'), { mode: 0o600 });
    renameSync(`${tokens.path}.new`, tokens.path);
  };

  describe('is dealt with some lines at a time, so that other requests are answered in between:', () => {
    const VERBS: Readonly<Record<string, (store: FileApiTokenStore) => unknown>> = {
      access: (store) => store.access('new-1', ALICE, START),
      ping: (store) => store.ping(),
      listByUser: (store) => store.listByUser('alice', START),
      revoke: (store) => store.revoke('new-1', {}, START),
      put: (store) => store.put(tokenOf('alice', 'new'), START),
      sweepExpired: (store) => store.sweepExpired(START, AT_EASE),
    };

    it.each(Object.entries(VERBS))('A7 by %s, at boot', async (_verb, call) => {
      tokens.write(...large('new'));
      const store = tokens.open();
      expect(await mostInATurn(() => call(store))).toBeLessThan(FEW);
    });

    it.each(Object.entries(VERBS))(
      'A7 by %s, when it has taken the place of another',
      async (_verb, call) => {
        const store = tokens.open();
        await store.put(tokenOf('alice', 'old'), START);
        replace(...large('new'));
        expect(await mostInATurn(() => call(store))).toBeLessThan(FEW);
      },
    );

    it('A7 by revokeByUser, of a user whose tokens they are', async () => {
      tokens.write(...large('new'));
      const store = tokens.open();
      expect(await mostInATurn(() => store.revokeByUser('alice', START))).toBeLessThan(FEW);
      expect(tokens.lines).toHaveLength(2 * MANY + 1);
    });

    it('A7 by a sweep that finds it is not worth compacting', async () => {
      const uses = Array.from({ length: MANY }, (_, index) =>
        formatEntry({ kind: 'used', jti: `new-${index}`, at: START }),
      );
      tokens.write(...large('new', ...uses));
      const store = tokens.openCompacting();
      await store.ping();
      expect(await mostInATurn(() => store.sweepExpired(START, AT_EASE))).toBeLessThan(FEW);
      expect(tokens.lines).toHaveLength(2 * MANY);
    });

    it('A7 by compaction', async () => {
      const dead = Array.from({ length: 2 * MANY }, (_, index) => lineOf(`dead-${index}`, START - HOUR));
      const revoked = Array.from({ length: MANY / 2 }, (_, index) =>
        formatEntry({ kind: 'revoked', jti: `gone-${index}`, at: START }),
      );
      const gone = Array.from({ length: MANY / 2 }, (_, index) => lineOf(`gone-${index}`));
      tokens.write(...dead, ...revoked, ...gone, '');
      const store = tokens.openCompacting();
      await store.ping();
      expect(await mostInATurn(() => store.sweepExpired(START, AT_EASE))).toBeLessThan(FEW);
      expect(tokens.lines).toHaveLength(1 + MANY / 2);
    });
  });

  it('A7 keeps whoever asks for a token waiting until it is read, and gives nobody a false answer', async () => {
    const store = tokens.open();
    await store.put(tokenOf('alice', 'old'), START);
    replace(...large('new', formatEntry({ kind: 'revoked', jti: 'new-0', at: START })));
    const first = isGood(store, 'new-1');
    const later: Promise<boolean>[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      later.push(isGood(store, 'new-999'), isGood(store, 'new-0'), isGood(store, 'old'));
      await new Promise(setImmediate);
    }
    expect(await first).toBe(true);
    expect(await Promise.all(later)).toEqual(Array.from({ length: 10 }, () => [true, false, false]).flat());
  });

  it('A7 shows nobody half of itself: the file before it stands until it is read', async () => {
    tokens.write(lineOf('old'), lineOf('new-0'), '');
    const store = tokens.open(Infinity);
    await store.ping();
    replace(...large('new', formatEntry({ kind: 'revoked', jti: 'new-0', at: START })));
    const reading = store.ping();
    await new Promise(setImmediate);
    expect([await isGood(store, 'old'), await isGood(store, 'new-0')]).toEqual([true, true]);
    await reading;
    expect([await isGood(store, 'old'), await isGood(store, 'new-0')]).toEqual([false, false]);
  });

  it('keeps the last uses that were noted while it was read', async () => {
    tokens.write(lineOf('new-0'), lineOf('new-1'), '');
    const store = tokens.open(Infinity);
    await store.access('new-0', ALICE, START + 1000);
    replace(...large('new'));
    const reading = store.ping();
    await new Promise(setImmediate);
    await store.access('new-0', ALICE, START + 2000);
    await store.access('new-1', ALICE, START + 3000);
    await reading;
    const listed = await store.listByUser('alice', START);
    expect(listed.slice(0, 3).map(({ lastAccessed }) => lastAccessed)).toEqual([
      START + 2000,
      START + 3000,
      undefined,
    ]);
  });

  it('A4 that grew while it was read has for each who asks what was there when he did', async () => {
    tokens.write(...large('new'));
    const store = tokens.open(Infinity);
    let isRead = false;
    const reading = store.ping().then(() => (isRead = true));
    const late: Promise<unknown>[] = [];
    while (!isRead) {
      appendFileSync(tokens.path, `${lineOf(`late-${late.length}`)}\n`);
      late.push(store.listByUser('alice', START).then((listed) => listed.length));
      await new Promise(setImmediate);
    }
    await reading;
    expect(late.length).toBeGreaterThan(20);
    (await Promise.all(late)).forEach((count, index) => expect(count).toBeGreaterThan(MANY + index));
  });

  it('that broke off while it was read is read from its beginning', async () => {
    tokens.write(...large('new', formatEntry({ kind: 'revoked', jti: 'new-0', at: START })));
    const store = tokens.open();
    const look = Journal.prototype.look;
    let looks = 0;
    jest.spyOn(Journal.prototype, 'look').mockImplementation(function (this: Journal) {
      looks += 1;
      if (looks === 3) throw new Error('EIO');
      return look.call(this);
    });
    await expect(store.ping()).rejects.toThrow('EIO');
    expect([await isGood(store, 'new-0'), await isGood(store, 'new-1')]).toEqual([false, true]);
    expect(await store.listByUser('alice', START)).toHaveLength(MANY - 1);
  });

  it('A5 of bad lines makes a few warnings, the last of which says how many there are', async () => {
    tokens.write(...Array.from({ length: MANY }, () => 'bad'), lineOf('good'), '');
    const store = tokens.open();
    await store.ping();
    expect(tokens.warnings).toHaveLength(11);
    expect(tokens.warnings[9]).toMatch(/^Line 10 of /);
    expect(tokens.warnings[10]).toMatch(/^990 more, up to line 1000 of /);
    expect(await isGood(store, 'good')).toBe(true);
  });

  it('A5 with a line that is longer than what is read at a time keeps the good rest, and counts on', async () => {
    const store = tokens.open();
    tokens.write(lineOf('before'), 'x'.repeat(200_000));
    expect(await isGood(store, 'before')).toBe(true);
    appendFileSync(tokens.path, `${'y'.repeat(100_000)}\nbad\n${lineOf('after')}\n`);
    for (const each of [store, tokens.open()]) {
      expect(await isGood(each, 'after')).toBe(true);
      expect(tokens.warnings.map((line) => /^Line (\d+)/.exec(line)?.[1])).toEqual(['2', '3']);
      tokens.warnings.length = 0;
    }
  });
});

const ALICE = signedBy('alice');

function lineOf(jti: string, expiresAt = START + HOUR): string {
  return formatEntry({ kind: 'registered', record: tokenOf('alice', jti, { expiresAt }) });
}

/**
 * The most that was done to lines in one turn of the event loop: how many times were read and written, and how many
 * tokens looked up.
 */
async function mostInATurn(verb: () => unknown): Promise<number> {
  let [most, done, isOver] = [0, 0, false];
  const count = () => (most = Math.max(most, (done += 1)));
  const { parse } = Date;
  const { toISOString } = Date.prototype;
  const { find } = MemoryApiTokenStore.prototype;
  jest.spyOn(Date, 'parse').mockImplementation((text) => (count(), parse(text)));
  jest.spyOn(Date.prototype, 'toISOString').mockImplementation(function (this: Date) {
    count();
    return toISOString.call(this);
  });
  jest.spyOn(MemoryApiTokenStore.prototype, 'find').mockImplementation(function (
    this: MemoryApiTokenStore,
    jti,
  ) {
    count();
    return find.call(this, jti);
  });
  const turns = (async () => {
    while (!isOver) {
      await new Promise(setImmediate);
      done = 0;
    }
  })();
  await verb();
  isOver = true;
  await turns;
  return most;
}
