import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatEntry, parseEntry } from '../../src/stores/file/api-token-line.js';
import { compacted } from '../../src/stores/file/compaction.js';
import { eachLineOf, textOf } from '../../src/stores/file/lines.js';
import { inSlices } from '../../src/stores/file/slices.js';
import { RegistrySnapshot } from '../../src/stores/file/registry-snapshot.js';
import { HOUR, START, tokenOf } from './token-folder.js';

const registered = (jti: string, expiresAt = START + HOUR, username = 'alice', era = 0) =>
  formatEntry({ kind: 'registered', record: tokenOf(username, jti, { expiresAt }), era });
const revoked = (jti: string, until?: number) =>
  formatEntry({ kind: 'revoked', jti, at: START, ...(until !== undefined && { until }) });
const cutOff = (username: string, at: number) => formatEntry({ kind: 'cut-off', username, at });
const endedAll = (era: number, at: number) => formatEntry({ kind: 'ended-all', era, at });
const used = (jti: string, at: number) => formatEntry({ kind: 'used', jti, at });

/** What compaction leaves of lines, without the mark on top. */
async function left(lines: readonly string[], now = START): Promise<string[]> {
  const text = (await compacted(Buffer.from(`${lines.join('\n')}\n`), now)).toString();
  expect(text.endsWith('\n')).toBe(true);
  const [mark, ...rest] = text.slice(0, -1).split('\n');
  expect(parseEntry(mark!)?.kind).toBe('compacted');
  return rest;
}

describe('compaction of the file of API tokens', () => {
  it('keeps a token until it expires, and nothing of it from then on', async () => {
    const lines = [registered('jti-1'), used('jti-1', START)];
    expect(await left(lines, START + HOUR - 1)).toEqual(lines);
    expect(await left(lines, START + HOUR)).toEqual([]);
  });

  it('R1 keeps a revoked token’s tombstone until the token would have expired, though not the token', async () => {
    const lines = [registered('jti-1'), revoked('jti-1', START + HOUR), used('jti-1', START)];
    expect(await left(lines, START + HOUR - 1)).toEqual([revoked('jti-1', START + HOUR)]);
    expect(await left(lines, START + HOUR)).toEqual([]);
  });

  it('R1 tells a tombstone the expiry that only the dropped registration knew', async () => {
    for (const lines of [
      [registered('jti-1'), revoked('jti-1')],
      [revoked('jti-1'), registered('jti-1')],
    ]) {
      expect(await left(lines)).toEqual([revoked('jti-1', START + HOUR)]);
    }
  });

  it('R1 keeps for good a tombstone of which nobody knows the expiry', async () => {
    expect(await left([revoked('jti-1')], START + 1e6 * HOUR)).toEqual([revoked('jti-1')]);
  });

  it('keeps the first registration of a jti, the latest use, one tombstone, and each user’s latest four cut-offs', async () => {
    const lines = [
      registered('jti-1'),
      used('jti-1', START + 2),
      used('jti-1', START + 1),
      registered('jti-1', START + 9 * HOUR, 'mallory'),
      revoked('jti-2', START + HOUR),
      revoked('jti-2', START + HOUR),
      ...[5, 4, 1, 3, 2, 5].map((after) => cutOff('alice', START + after)),
      cutOff('bob', START),
    ];
    const kept = [0, 1, 4, 6, 7, 9, 10, 12];
    expect(await left(lines)).toEqual(kept.map((at) => lines[at]));
  });

  it('never makes a second registration count by dropping the first', async () => {
    expect(await left([registered('jti-1', START - 1), registered('jti-1')])).toEqual([]);
  });

  it('R2 keeps a cut-off for good, since an old token without owner may be registered at any time', async () => {
    expect(await left([cutOff('alice', START)], START + 1e6 * HOUR)).toEqual([cutOff('alice', START)]);
  });

  it('R2 keeps the latest era for good, and of the tokens before it nothing', async () => {
    const lines = [
      registered('jti-1'),
      `foreign ${isoOf(START + HOUR)}`,
      used('jti-1', START),
      endedAll(1, START),
      registered('jti-2', START + HOUR, 'alice', 1),
      endedAll(2, START),
      registered('jti-1'),
      registered('jti-3', START + HOUR, 'alice', 2),
      `foreign ${isoOf(START + HOUR)}`,
      endedAll(2, START - HOUR),
    ];
    const kept = [3, 5, 7, 8, 9].map((at) => lines[at]);
    expect(await left(lines)).toEqual(kept);
    expect(await left(lines, START + 1e6 * HOUR)).toEqual([lines[3], lines[5], lines[9]]);
  });

  it('R2 revives nothing of an earlier era when its lines are appended again', async () => {
    const old = [registered('jti-1'), registered('jti-2', START + HOUR, 'alice', 1)];
    const lines = [old[0]!, endedAll(1, START), old[1]!, endedAll(2, START)];
    const again = [...(await left(lines)), ...old, ...(await left(lines)), ...old];
    const { tokens, era } = snapshotOf(Buffer.from(again.join('\n')));
    expect([tokens.size, era]).toEqual([0, 2]);
    expect(await left(again)).toEqual(await left(lines));
  });

  it('keeps plantdb’s lines in their own spelling, with whatever ends them', async () => {
    const lines = [
      '\ufeffone 2026-01-02T00:00:00.250000',
      'two 2026-01-02T00:00:00Z\r',
      'three 2026-01-02T02:00:00+02:00',
    ];
    expect(await left(lines)).toEqual(lines);
    expect(await left(lines, START + 48 * HOUR)).toEqual([]);
  });

  it('A5 keeps every byte of what it cannot read: junk, torn lines, and lines of a later version', async () => {
    const unreadable = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
      Buffer.from(`${registered('torn').slice(0, 50)}\n`),
      Buffer.from('- 2026-01-01T00:00:00Z later=1 sum=c0ffee00\n'),
      Buffer.from(`${'x'.repeat(100_000)}\r\n`),
      Buffer.from(' and a last line without an end'),
    ]);
    const after = await compacted(
      Buffer.concat([Buffer.from(`${registered('old', START)}\n\n\n`), unreadable]),
      START,
    );
    expect(after.subarray(after.indexOf('\n') + 1).equals(Buffer.from([...unreadable, 0x0a]))).toBe(true);
  });

  it('gives each file a first line that no other has', async () => {
    const [one, two] = [await compacted(Buffer.alloc(0), START), await compacted(Buffer.alloc(0), START)];
    expect(one.equals(two)).toBe(false);
    expect(linesOf(await compacted(one, START))).toHaveLength(1);
  });

  it('changes no answer, now or later, and leaves nothing to compact, whatever the lines', async () => {
    const jtis = ['a', 'b', 'c', 'd'];
    const users = ['alice', 'bob'];
    const time = fc.integer({ min: 0, max: 6 }).map((hours) => START + hours * HOUR);
    const jti = fc.constantFrom(...jtis);
    const username = fc.constantFrom(...users);
    const line = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(jti, time, username).map(putOf) },
      { weight: 1, arbitrary: time.map(endOf) },
      {
        weight: 2,
        arbitrary: fc.tuple(jti, time).map(
          ([each, at]) =>
            () =>
              `${each} ${isoOf(at)}`,
        ),
      },
      fc.tuple(jti, fc.option(time, { nil: undefined })).map((given) => () => revoked(...given)),
      fc.tuple(username, time).map((given) => () => cutOff(...given)),
      fc.tuple(jti, time).map((given) => () => used(...given)),
      fc.constantFrom('junk', '', '\r').map((text) => () => text),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 14 }), time, async (written, now) => {
        const lines = inTurn(written);
        const before = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const after = await compacted(before, now);
        for (let later = now; later <= START + 7 * HOUR; later += HOUR) {
          expect(answers(after, later)).toEqual(answers(before, later));
        }
        const again = await compacted(after, now);
        expect(linesOf(again).slice(1)).toEqual(linesOf(after).slice(1));
        // The line of the latest era is one more where its cut-off is none of the latest, or an earlier era's too.
        const spare = linesOf(after).length - (await inSlices(snapshotOf(after).countLiving(now)));
        expect(lines.some((each) => each.includes('ended-all')) ? [0, 1] : [0]).toContain(spare);
      }),
      { numRuns: 500 },
    );

    /** All that anybody can learn from the file at that time. */
    function answers(bytes: Buffer, now: number) {
      const { tokens, era } = snapshotOf(bytes);
      const refused = [START, START + 3 * HOUR].map((at) => tokens.isCutOff(undefined, at, now));
      return [
        era,
        tokens.count(now),
        refused,
        users.map((user) => [
          tokens.listByUser(user, now),
          jtis.map((each) => tokens.access(each, { username: user, issuedAt: START + HOUR }, now)),
        ]),
      ];
    }
  });

  it('R1 revives nothing when an old registration is appended again, whatever the lines', async () => {
    const jtis = ['a', 'b', 'c'];
    const line = fc.tuple(fc.constantFrom(...jtis), fc.constantFrom('put', 'revoked', 'revoked, of old'));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 10 }), async (lines) => {
        const spelling = {
          put: registered,
          revoked: (jti: string) => revoked(jti, START + HOUR),
          'revoked, of old': revoked,
        };
        const before = lines.map(([jti, what]) => `${spelling[what](jti)}\n`).join('');
        const after = (await compacted(Buffer.from(before), START)).toString();
        const restored = jtis.map((jti) => `${registered(jti)}\n`).join('');
        const { tokens } = snapshotOf(Buffer.from(after + restored));
        for (const jti of jtis) {
          const wasRevoked = lines.some(([named, what]) => named === jti && what !== 'put');
          expect(tokens.find(jti) === undefined).toBe(wasRevoked);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** A line as it is written when so many eras have begun. */
type Written = (era: number) => string;

/** The registration of a store that knows the era, as an `ended-all` of that store begins the next. */
function putOf([jti, expiresAt, username]: [string, number, string]): Written {
  return (era) => registered(jti, expiresAt, username, era);
}

function endOf(at: number): Written {
  return (era) => endedAll(era + 1, at);
}

/** Lines one after the other, each by what the ones before it say. */
function inTurn(written: readonly Written[]): string[] {
  return written.reduce<string[]>((lines, line) => {
    const era = lines.filter((each) => each.includes(' ended-all=')).length;
    return [...lines, line(era)];
  }, []);
}

function linesOf(bytes: Buffer): Buffer[] {
  return [...eachLineOf(bytes)];
}

function isoOf(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function snapshotOf(bytes: Buffer): RegistrySnapshot {
  const snapshot = new RegistrySnapshot();
  for (const line of linesOf(bytes).map(textOf)) if (line !== '') snapshot.take(parseEntry(line));
  return snapshot;
}
