import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

describe('The documents', () => {
  it.each(documents())('%s links to nothing that is not there', (document) => {
    expect(linksIn(document).filter((link) => !leadsSomewhere(document, link))).toEqual([]);
  });

  it('no example hands out the null of the limit, which Nest would answer with 201 and an empty body', () => {
    const logins = examples().flatMap(([place, code]) =>
      [...code.matchAll(LOGIN_OR_REFRESH)].map(([call]) => `${place}: ${call}`),
    );
    expect(logins).not.toEqual([]);
    expect(logins.filter((call) => !call.includes(': tokensOr429(await '))).toEqual([]);
  });

  it('the README is read in one sitting: under 12 KiB, and no table of it is padded', () => {
    expect(Buffer.byteLength(read('README.md'))).toBeLessThan(12 * 1024);
    expect(prose('README.md').match(/^\|.* {2,}\|/gm)).toBeNull();
  });

  it('the same Node is asked for everywhere, that of the package', () => {
    const asked = ['package.json', 'libs/session/package.json'].map(nodeAskedBy);
    expect(asked[0]).toBe(asked[1]);
    const floors = asked[1]!.match(/\d+\.\d+/g)!;
    expect(floors).toHaveLength(2);
    const told = documents().filter((path) => floors.some((floor) => read(path).includes(`Node ${floor}`)));
    expect(told).toEqual(expect.arrayContaining(['CONTRIBUTING.md', 'README.md']));
    for (const path of told)
      expect([path, floors.filter((floor) => !read(path).includes(floor))]).toEqual([path, []]);
  });

  it.each(statements().filter(isHeld))(
    '%s is held by each file that docs/security.md names',
    (id, heldBy) => {
      const specs = codesIn(heldBy).flatMap(specsNamed);
      expect(specs).not.toEqual([]);
      expect(specs.filter((spec) => !existsSync(join(ROOT, spec)) || !idsIn(spec).has(id))).toEqual([]);
    },
  );

  it('docs/security.md has every statement that a test names, and calls none of these open', () => {
    const held = new Set(
      statements()
        .filter(isHeld)
        .map(([id]) => id),
    );
    const named = filesIn('test', 'libs/session/test', 'libs/session/src/testing')
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => [...idsIn(path)]);
    expect(named.filter((id) => !held.has(id))).toEqual([]);
  });

  it('docs/architecture.md draws the imports that the build allows, and no other', () => {
    const places = placesDrawn();
    const allowed = places.flatMap(([from, importers]) =>
      places
        .filter(([to, imported]) => to !== from && !GROUND.includes(to) && isAllowed(importers, imported))
        .map(([to]) => `${from} --> ${to}`),
    );
    expect(arrowsDrawn().sort()).toEqual(allowed.sort());
    for (const [id, importers] of places) {
      expect([id, isAllowed(importers, filesAt('core'))]).toEqual([id, id !== 'app' && id !== 'util']);
      expect([id, isAllowed(importers, filesAt('util'))]).toEqual([id, id !== 'app']);
    }
  });

  it('decisions are numbered without gaps, each in three parts', () => {
    const decisions = filesIn('docs/decisions').filter((path) => !path.endsWith('README.md'));
    expect(decisions).not.toEqual([]);
    decisions.forEach((path, index) => {
      const number = String(index + 1);
      expect(relative('docs/decisions', path).slice(0, 5)).toBe(`${number.padStart(4, '0')}-`);
      const text = read(path);
      expect(text).toMatch(new RegExp(`^# ${number}\\. .+\n`));
      expect(text.match(/^\*\*\w+\.\*\*/gm)).toEqual(['**Context.**', '**Decision.**', '**Consequences.**']);
    });
  });
});

/** What a person reads in the repository, by its path from the root. */
function documents(): string[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const below = filesIn('docs', '.changeset', '.github').filter(
    (path) => path.endsWith('.md') && !path.startsWith('docs/api/'),
  );
  return [...atRoot, ...below];
}

function filesIn(...folders: string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name))),
    )
    .sort();
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function nodeAskedBy(manifest: string): string {
  return (JSON.parse(read(manifest)) as { engines: { node: string } }).engines.node;
}

const LOGIN_OR_REFRESH = /(?:tokensOr429\(await )?\w+(?:\.\w+)*\.(?:create|refresh)Session\(/g;

/** What people copy, with the place it is from: programs in documents, `@example`s, and what consumers run. */
function examples(): [place: string, code: string][] {
  const programs = documents().flatMap((path) =>
    [...read(path).matchAll(/^```(?:ts|js)\b.*?^```/gms)].map(([code]): [string, string] => [path, code]),
  );
  const comments = filesIn('libs/session/src').flatMap((path) =>
    [...read(path).matchAll(/@example.*?\*\//gs)].map(([code]): [string, string] => [path, code]),
  );
  const consumers = filesIn('test/consumers')
    .filter((path) => path.endsWith('.ts'))
    .map((path): [string, string] => [path, read(path)]);
  return [...programs, ...comments, ...consumers];
}

/** A document without its blocks of code, in which a bracket is no link and a `#` no heading. */
function prose(path: string): string {
  return read(path).replace(/^```.*?^```/gms, '');
}

function linksIn(document: string): string[] {
  const text = prose(document).replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]:\s+(\S+)/gm)]
    .map(([, inline, reference]) => (inline ?? reference)!)
    .filter((link) => !/^(https?|mailto):/.test(link));
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path, anchor] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path!);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(document: string): string[] {
  return [...prose(document).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** The cells of each row of the first table after a line, its head left out. */
function tableUnder(document: string, line: string): string[][] {
  const after = `\n${read(document)}`.split(`\n${line}\n`)[1] ?? '';
  const [table] = /(?:^\|.*\n)+/m.exec(after) ?? [''];
  return table
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

type Statement = [id: string, heldBy: string];

function statements(): Statement[] {
  return tableUnder('docs/security.md', '# Security: statement → test').map(([id, , heldBy]) => [
    id!,
    heldBy!,
  ]);
}

function isHeld([, heldBy]: Statement): boolean {
  return !heldBy.startsWith('**open**');
}

/** The files that a name in docs/security.md stands for; `folder/*` is all that lie in it. */
function specsNamed(name: string): string[] {
  if (name.startsWith('e2e/')) return [`test/${name.slice('e2e/'.length)}.spec.ts`];
  if (!name.endsWith('/*')) return [`libs/session/test/${name}.spec.ts`];
  return filesIn(`libs/session/test/${name.slice(0, -2)}`).filter((path) => path.endsWith('.spec.ts'));
}

/** The ids that begin the names of a file's tests: `'E6 J8 a token …'` names two. */
function idsIn(path: string): ReadonlySet<string> {
  const names = read(path).matchAll(/['"`]((?:[A-Z]\d{1,2} )+)/g);
  return new Set([...names].flatMap(([, ids]) => ids!.trim().split(' ')));
}

const PICTURE = /```mermaid\n(.*?)```/s.exec(read('docs/architecture.md'))![1]!;

/** What docs/architecture.md draws, and a file that would lie in each part of it. */
function placesDrawn(): [id: string, files: string[]][] {
  return [...PICTURE.matchAll(/^ +(\w+)\["(\S+) —/gm)].map(([, id, place]) => [id!, filesAt(place!)]);
}

function filesAt(place: string): string[] {
  const path = place === 'src' ? place : `libs/session/src/${place}`;
  if (place.endsWith('.ts')) return [path];
  const folders = readdirSync(join(ROOT, path), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return [path, ...folders.map(({ name }) => `${path}/${name}`)].map((folder) => `${folder}/any.ts`);
}

/** What everything in the library may import; of arrows to these only the one between them is told. */
const GROUND: readonly string[] = ['core', 'util'];

/** Without those to the ground. */
function arrowsDrawn(): string[] {
  return [...PICTURE.matchAll(/^ +(\w+)(?:\[.*\])? --> (.+)$/gm)].flatMap(([, from, to]) =>
    to!
      .split(' & ')
      .filter((target) => !GROUND.includes(target))
      .map((target) => `${from} --> ${target}`),
  );
}

interface ImportRule {
  readonly from: { readonly path?: string; readonly pathNot?: string };
  readonly to: { readonly path?: string; readonly pathNot?: string | readonly string[] };
}

const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
  forbidden: readonly ImportRule[];
};

/** Whether no rule about paths forbids all of these imports; circles are none of their business. */
function isAllowed(importers: readonly string[], imported: readonly string[]): boolean {
  const rules = forbidden.filter(({ to }) => to.path !== undefined || to.pathNot !== undefined);
  return importers.some((importer) =>
    imported.some((file) => !rules.some(({ from, to }) => fits(from, importer) && fits(to, file))),
  );
}

function fits({ path, pathNot = [] }: ImportRule['from' | 'to'], file: string): boolean {
  const matches = (pattern: string) => new RegExp(pattern).test(file);
  return (path === undefined || matches(path)) && ![pathNot].flat().some(matches);
}
