import { SourceMap, type SourceMapPayload } from 'node:module';
import { posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SUBPATHS } from '../../subpaths.js';
import { HALVES, InstalledPackage, type Half } from './installed-package.js';

const halves = Object.keys(HALVES) as Half[];

describe('the package', () => {
  let installed: InstalledPackage;
  beforeAll(() => {
    installed = new InstalledPackage();
  });
  afterAll(() => installed.dispose());

  it('holds the builds, their sources and what tells about them, and no tests', () => {
    const others = installed.files.filter((file) => !/^dist\/(esm|cjs)\/|^src\//.test(file));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'schema.sql']);
    expect(installed.files.filter((file) => /\.(spec|test)\.|(^|\/)test\//.test(file))).toEqual([]);
  });

  it('holds every file that its manifest names', () => {
    const { main, types, typesVersions, exports } = installed.manifest;
    const named = pathsIn({ main, types, typesVersions, exports });
    expect(named).toContain('dist/esm/index.js');
    expect(installed.files).toEqual(expect.arrayContaining(named));
  });

  it('holds the sources of every source map', () => {
    const sources = installed.files
      .filter((file) => file.endsWith('.map'))
      .flatMap((file) => sourceMap(file).sources.map((source) => posix.join(posix.dirname(file), source)));
    expect(sources).not.toEqual([]);
    expect(installed.files).toEqual(expect.arrayContaining(sources));
  });

  describe.each(halves)('in its half %s', (half) => {
    it.each([
      ['SessionManager', 'managers/session.manager'],
      ['SessionModule', 'nest/session.module'],
      ['SessionGuard', 'nest/guards/session.guard'],
      ['CurrentUser', 'nest/rules/current-session.decorators'],
      ['createSessionManager', 'compose/create-session-manager'],
      ['refreshGrace', 'compose/options'],
      ['manualClock', 'testing/manual-clock'],
    ])('tells an editor about %s, and leads it to the source', (symbol, module) => {
      const source = installed.read(`src/${module}.ts`).split('\n');
      const file = `dist/${half}/${module}.d.ts`;
      const declarations = installed.read(file).split('\n');
      const line = declarations.findIndex((text) => declares(text, symbol));

      const start = declarations.findLastIndex((text, index) => index < line && /^\s*\/\*\*/.test(text));
      expect(declarations[line - 1]).toMatch(/\*\/$/);
      expect(trimmed(source)).toContain(trimmed(declarations.slice(start, line)));

      const column = declarations[line]!.indexOf(symbol);
      const { originalSource, originalLine } = new SourceMap(sourceMap(`${file}.map`)).findEntry(
        line,
        column,
      ) as { originalSource: string; originalLine: number };
      expect(posix.join(posix.dirname(file), originalSource)).toBe(`src/${module}.ts`);
      expect(declares(source[originalLine]!, symbol)).toBe(true);
    });

    it('names the line of src that threw', () => {
      const stack = installed.run(
        `const { createSessionManager } = ${installed.loading(half)};
         await createSessionManager({ strategy: 'token', sessionTimeout: -1 }).catch((error) => console.log(error.stack));`,
        '--enable-source-maps',
      );
      const [, file, line] = /\n\s+at .*\/(src\/.+?\.ts):(\d+):\d+/.exec(stack)!;
      expect(file).toBe('src/compose/check-options.ts');
      expect(installed.read(file!).split('\n')[Number(line) - 1]).toContain(
        'throw new SessionConfigurationError(',
      );
    });

    it.each(SUBPATHS)(
      'loads $specifier where nothing is installed but its dependencies and required peers',
      ({ module }) => {
        const names = installed.run(`console.log(Object.keys(${installed.loading(half, module)}).join())`);
        expect(names).toMatch(/^\w+(,\w+)*\n$/);
        for (const optional of installed.optional()) {
          expect(() => installed.run(`await import('${optional}')`)).toThrow('ERR_MODULE_NOT_FOUND');
        }
      },
    );
  });

  it.each(SUBPATHS)('is in a process once, however it was loaded: $specifier', ({ specifier }) => {
    const answer = installed.run(`
      const required = createRequire(process.cwd() + '/')('${specifier}');
      const different = Object.entries(await import('${specifier}')).filter(([name, value]) => required[name] !== value);
      console.log(JSON.stringify({ different, some: Object.keys(required).length > 0 }));
    `);
    expect(JSON.parse(answer)).toEqual({ different: [], some: true });
  });

  function sourceMap(file: string): SourceMapPayload {
    return JSON.parse(installed.read(file)) as SourceMapPayload;
  }
});

/** All relative paths in a value, without their `./`. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('./') ? [value.slice(2)] : [];
  return Object.values(value ?? {}).flatMap(pathsIn);
}

function trimmed(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join('\n');
}

/** Whether a line is where a class, a function, a constant or an option is declared. */
function declares(line: string, name: string): boolean {
  return new RegExp(`^(export .*(class|function|const)|\\s+readonly) ${name}\\b`).test(line);
}
