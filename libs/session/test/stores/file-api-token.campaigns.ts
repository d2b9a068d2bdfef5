import { expect } from '@jest/globals';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { OtherProcesses } from './other-process.js';
import { HOUR, isGood, START, TokenFolder } from './token-folder.js';

/**
 * What a process says before and after each verb, so that whoever hears it knows what was promised even if the
 * process is killed: `?put`, `put`, `?end`, `end`, each with a jti.
 */
class Promised {
  readonly tried = new Set<string>();
  readonly put = new Set<string>();
  readonly ending = new Set<string>();
  readonly ended = new Set<string>();
  compactions = 0;

  hear(line: string): void {
    const [what, jti] = line.split(' ') as [string, string];
    const said = { '?put': this.tried, put: this.put, '?end': this.ending, end: this.ended }[what];
    said?.add(jti);
    if (what === 'compacted') this.compactions += 1;
  }

  /** Opens the file as a process does that boots now, and holds it against what was promised. */
  async expectKept(tokens: TokenFolder): Promise<void> {
    const store = tokens.open();
    await store.ping();
    const good = new Set((await store.listByUser('alice', START)).map(({ jti }) => jti));
    const lost = [...this.put].filter((jti) => !this.ending.has(jti) && !good.has(jti));
    const revived = [...this.ended].filter((jti) => good.has(jti));
    const invented = [...good].filter((jti) => !this.tried.has(jti));
    expect({ lost, revived, invented }).toEqual({ lost: [], revived: [], invented: [] });
  }
}

/** A process that issues and revokes tokens, lasting and short ones, and compacts the file, worth it or not. */
const ISSUER = `
  import { compacted } from './stores/file/compaction.js';
  import { Journal } from './stores/file/journal.js';
  const [name, seed, operations] = [args[0], Number(args[1]), Number(args[2])];
  let state = seed;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const mine = [];
  const put = async (jti, lifetime) => {
    say('?put ' + jti);
    const label = 'x'.repeat(random(300));
    await store.put({ jti, username: 'alice', issuedAt: ${START}, expiresAt: ${START} + lifetime, label }, ${START});
    say('put ' + jti);
  };
  for (let index = 0; index < operations; index += 1) {
    const jti = name + '-' + index;
    const dice = random(20);
    if (dice < 8 || mine.length === 0) {
      await put(jti, ${HOUR});
      mine.push(jti);
    } else if (dice < 12) {
      await store.put({ jti, username: 'alice', issuedAt: 1, expiresAt: ${START} }, ${START});
    } else if (dice < 17) {
      const [ending] = mine.splice(random(mine.length), 1);
      say('?end ' + ending);
      await store.revoke(ending, {}, ${START});
      say('end ' + ending);
    } else if (dice < 18) {
      await sweep(${START});
    } else {
      await new Journal(store.path).rewrite((bytes) => compacted(bytes, ${START}));
      say('compacted');
    }
  }
  await store.close();`;

/** Kills two processes at random points, which work on one file, and again the next two. */
export async function killAgainAndAgain(
  processes: OtherProcesses,
  rounds: number,
  seed: number,
): Promise<string> {
  const tokens = new TokenFolder();
  const promised = new Promised();
  const random = randomOf(seed);
  const killLater = async (name: string) => {
    const child = processes.start(
      tokens.folder,
      ISSUER,
      name,
      String(Math.floor(random() * 2 ** 32)),
      '1000000',
    );
    const heard = createInterface({ input: child.stdout });
    heard.on('line', (line) => promised.hear(line));
    const isSilent = once(heard, 'close');
    await once(heard, 'line');
    await setTimeout(random() * 300);
    child.kill('SIGKILL');
    await isSilent;
  };
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all([killLater(`r${round}a`), killLater(`r${round}b`)]);
    await promised.expectKept(tokens);
  }
  expect(promised.put.size).toBeGreaterThan(0);
  const report =
    `kill -9 × ${2 * rounds}, seed ${seed}: ${promised.put.size} tokens and ${promised.ended.size} revocations ` +
    `acknowledged, ${promised.compactions} compactions; 0 lost, 0 revived, 0 torn accepted, ` +
    `${rounds} of ${rounds} boots after it; left behind: ${readdirSync(tokens.folder).length - 1} files`;
  tokens.dispose();
  return report;
}

/** Lets several processes work on one file at the same time, compaction included. */
export async function writeTogether(
  processes: OtherProcesses,
  { count, operations, seed }: { count: number; operations: number; seed: number },
): Promise<string> {
  const tokens = new TokenFolder();
  const promised = new Promised();
  const start = performance.now();
  const codes = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const child = processes.start(
        tokens.folder,
        ISSUER,
        `p${index}`,
        String(seed + index),
        String(operations),
      );
      const heard = createInterface({ input: child.stdout });
      heard.on('line', (line) => promised.hear(line));
      const [[code]] = await Promise.all([once(child, 'exit'), once(heard, 'close')]);
      return code as number | null;
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  expect(codes).toEqual(codes.map(() => 0));
  await promised.expectKept(tokens);
  expect(promised.ending.size).toBe(promised.ended.size);
  expect(promised.compactions).toBeGreaterThan(0);
  expect(tokens.warnings).toEqual([]);
  const report =
    `${count} processes × ${operations} operations, seed ${seed}: ${promised.put.size} tokens and ` +
    `${promised.ended.size} revocations acknowledged, ${promised.compactions} compactions; ` +
    `0 lost, 0 revived, 0 lines torn; ${Math.round((count * operations) / seconds)} operations/s`;
  tokens.dispose();
  return report;
}

/** Measures how long it takes until tokens and revocations of another process are seen here, compactions going on. */
export async function seeOthers(processes: OtherProcesses, tokensMade: number): Promise<string> {
  const tokens = new TokenFolder();
  const store = tokens.open('by default');
  const lags = { put: [] as number[], end: [] as number[] };
  const script = `
    import { compacted } from './stores/file/compaction.js';
    import { Journal } from './stores/file/journal.js';
    const compact = async () => {
      await new Journal(store.path).rewrite((bytes) => compacted(bytes, ${START}));
      say('compacted');
    };
    for (let index = 0; index < ${tokensMade}; index += 1) {
      const jti = 'jti-' + index;
      for (let dead = 0; dead < 5; dead += 1) {
        await store.put({ jti: jti + '-' + dead, expiresAt: ${START}, label: 'x'.repeat(100) }, ${START});
      }
      await store.put({ jti, username: 'alice', issuedAt: ${START}, expiresAt: ${START + HOUR} }, ${START});
      say('put ' + jti + ' ' + Date.now());
      await compact();
      await new Promise((resolve) => setTimeout(resolve, 600 + (index * 37) % 500));
      await store.revoke(jti, {}, ${START});
      say('end ' + jti + ' ' + Date.now());
      await compact();
    }`;
  let compactions = 0;
  const child = processes.start(tokens.folder, script);
  const watching: Promise<void>[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, jti, at] = line.split(' ') as ['put' | 'end' | 'compacted', string, string];
    if (what === 'compacted') {
      compactions += 1;
      continue;
    }
    watching.push(
      (async () => {
        const isSeen = async () => (await isGood(store, jti)) === (what === 'put');
        while (!(await isSeen()) && Date.now() - Number(at) < 5000) await setTimeout(3);
        lags[what].push(Date.now() - Number(at));
      })(),
    );
  }
  await Promise.all(watching);
  for (const lag of [...lags.put, ...lags.end]) expect(lag).toBeLessThan(1000);
  expect(lags.end).toHaveLength(tokensMade);
  const report =
    `seen by another process: ${tokensMade} tokens within ${Math.max(...lags.put)} ms, ` +
    `${tokensMade} revocations within ${Math.max(...lags.end)} ms, ${compactions} compactions meanwhile`;
  tokens.dispose();
  return report;
}

/** Numbers from 0 up to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
