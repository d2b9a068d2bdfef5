import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUBPATHS } from '../libs/session/subpaths.js';

const ROOT = join(import.meta.dirname, '..');

interface Manifest {
  readonly main: string;
  readonly types: string;
  readonly typesVersions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

interface CompilerConfiguration {
  readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly string[]>> };
}

const { main, types, typesVersions, exports } = parsed('libs/session/package.json') as Manifest;
const { compilerOptions } = parsed('tsconfig.json') as CompilerConfiguration;

const AROUND = SUBPATHS.filter(({ subpath }) => subpath !== '.');

describe.each(SUBPATHS)('$specifier', ({ subpath, specifier, module }) => {
  it('is exported by three conditions: the one build for Node first, the other for tools that require', () => {
    const half = (name: string) => ({
      types: `./dist/${name}/${module}.d.ts`,
      default: `./dist/${name}/${module}.js`,
    });
    const expected = { 'module-sync': half('esm'), import: half('esm'), require: half('cjs') };
    // The first condition that fits is taken, so their order counts.
    expect(JSON.stringify(exports[subpath], null, 2)).toBe(JSON.stringify(expected, null, 2));
  });

  it('is found in the sources by the compiler, and by Jest', async () => {
    const source = `./libs/session/src/${module}.ts`;
    expect(compilerOptions.paths[specifier]).toEqual([source]);
    expect(await import(specifier)).toBe(await import(join(ROOT, source)));
  });
});

it('compilers that read no exports find the declarations of each', () => {
  expect({ main, types }).toEqual({ main: './dist/cjs/index.js', types: './dist/cjs/index.d.ts' });
  expect(typesVersions).toEqual({
    '*': Object.fromEntries(
      AROUND.map(({ subpath, module }) => [subpath.slice('./'.length), [`./dist/cjs/${module}.d.ts`]]),
    ),
  });
});

it('the compiler is led to nothing that is not exported', () => {
  expect(Object.keys(compilerOptions.paths)).toEqual(SUBPATHS.map(({ specifier }) => specifier));
});

function parsed(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}
