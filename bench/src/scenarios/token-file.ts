import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileApiTokenStore } from 'nestjs-session-manager';
import { scaled, type Contestant, type Meter, type Scenario } from '../harness/contest.js';
import { longestTurn, turnOf99In100 } from '../harness/turns.js';
import { thisSecond } from '../workload/session-records.js';
import { silent } from '../workload/silent-logger.js';

const TOKENS = 100_000;
const LIFE = 3_600_000;

export const tokenFile: Scenario = {
  name: 'token-file',
  operation: 'read a line of api_token.txt, which another file has taken the place of',
  async open(effort) {
    const operations = scaled(TOKENS, effort);
    const folder = mkdtempSync(join(tmpdir(), 'nsm-bench-'));
    return {
      operations,
      unit: 'ms of a turn',
      rounds: 5,
      contestants: [
        replaced('nestjs-session-manager, longest turn', longestTurn, inFolder(folder), operations),
        replaced('nestjs-session-manager, 99 of 100 turns', turnOf99In100, inFolder(folder), operations),
        replaced('one readFile into a Map', longestTurn, atOnce(folder), operations),
      ],
      close: () => rmSync(folder, { recursive: true }),
    };
  },
};

/** Whether a token is registered in the file as it is now. */
interface Register {
  readonly path: string;
  has(jti: string): Promise<boolean>;
}

function replaced(name: string, meter: Meter, register: Register, tokens: number): Contestant {
  return {
    name,
    meter,
    prepare: (round) => {
      const jtis = Array.from({ length: tokens }, (_, number) => `${round}-${number}`);
      putInPlace(register.path, jtis);
      return async () => {
        const found = [await register.has(jtis[0]!), await register.has(jtis.at(-1)!)];
        return found.every(Boolean) ? tokens : 0;
      };
    },
  };
}

/** In two fields, as other programs write them. */
function putInPlace(path: string, jtis: readonly string[]): void {
  const expiry = new Date(thisSecond() + LIFE).toISOString();
  writeFileSync(`${path}.new`, jtis.map((jti) => `${jti} ${expiry}\n`).join(''), {
    mode: 0o600,
  });
  renameSync(`${path}.new`, path);
}

function inFolder(folder: string): Register {
  const store = new FileApiTokenStore(folder, { logger: silent, maxStaleness: 0 });
  const signed = { username: 'alice', issuedAt: thisSecond() };
  return {
    path: store.path,
    has: async (jti) => (await store.access(jti, signed, thisSecond())) !== undefined,
  };
}

/** As one writes it by hand. */
function atOnce(folder: string): Register {
  const path = join(folder, 'api_token.txt');
  return {
    path,
    async has(jti) {
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
      const expiries = new Map(lines.map((line) => line.split(' ') as [string, string]));
      return Date.parse(expiries.get(jti) ?? '') > Date.now();
    },
  };
}
