import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '../..');
const MODULES = join(PACKAGE, '../../node_modules');

/** The two builds in the package, and how a script loads a module of each. */
export const HALVES = { esm: 'await import', cjs: 'createRequire(`${process.cwd()}/`)' } as const;
export type Half = keyof typeof HALVES;

interface Manifest {
  readonly name: string;
  readonly main: string;
  readonly types: string;
  readonly typesVersions: unknown;
  readonly exports: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}

/** Native code comes in a package of its own for each platform, an optional dependency of this one. */
const NATIVE = '@node-rs/argon2';

/** Where the workspace has it: beside the package itself, where the root has another version of it. */
function placeOf(name: string): string {
  const own = join(PACKAGE, 'node_modules', name);
  return existsSync(own) ? own : join(MODULES, name);
}

/**
 * What the unluckiest user gets who installs the package: the files that `npm pack` takes, in a folder of their own,
 * beside them the dependencies and the required peers, no optional one, and no binary that fits the platform.
 */
export class InstalledPackage {
  readonly manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as Manifest;
  /** Relative to the package. */
  readonly files: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'installed-package-'));

  constructor() {
    if (!existsSync(join(PACKAGE, 'dist'))) {
      throw new Error('The package is not built: run "npm run build" first');
    }
    this.files = packedFiles();
    for (const file of this.files) cpSync(join(PACKAGE, file), this.#pathOf(file));
    for (const name of this.required()) this.add(name);
  }

  /** The names of what is always installed with the package. */
  required(): string[] {
    const { dependencies, peerDependencies, peerDependenciesMeta } = this.manifest;
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    return [...Object.keys(dependencies), ...peers];
  }

  /** The names of what may be missing. */
  optional(): string[] {
    const { peerDependencies } = this.manifest;
    return Object.keys(peerDependencies).filter((name) => !this.required().includes(name));
  }

  /** Installs another package: the workspace's, or one made up of files. */
  add(name: string, files?: Readonly<Record<string, string>>): void {
    const folder = this.#folderOf(name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    if (files !== undefined) {
      mkdirSync(folder);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    } else if (name === NATIVE) {
      // A link would lead Node to the packages beside the original, the binary among them.
      cpSync(realpathSync(join(MODULES, name)), folder, { recursive: true });
    } else {
      symlinkSync(placeOf(name), folder);
    }
  }

  remove(name: string): void {
    rmSync(this.#folderOf(name), { recursive: true, force: true });
  }

  read(file: string): string {
    return readFileSync(this.#pathOf(file), 'utf8');
  }

  /** Runs a user's script, an ES module, and answers what it prints. */
  run(script: string, ...flags: string[]): string {
    const importing = "import { createRequire } from 'node:module';";
    return execFileSync(
      process.execPath,
      [
        ...flags,
        '--disable-warning=ExperimentalWarning',
        '--input-type=module',
        '--eval',
        importing + script,
      ],
      { cwd: this.#folder, encoding: 'utf8', env: { PATH: process.env.PATH }, stdio: 'pipe' },
    );
  }

  /** The expression by which a script loads an entry of one half, whatever Node itself would choose. */
  loading(half: Half, entry = 'index'): string {
    return `${HALVES[half]}('./node_modules/${this.manifest.name}/dist/${half}/${entry}.js')`;
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #pathOf(file: string): string {
    return join(this.#folderOf(this.manifest.name), file);
  }

  #folderOf(name: string): string {
    return join(this.#folder, 'node_modules', name);
  }
}

function packedFiles(): string[] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: PACKAGE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [tarball] = JSON.parse(output) as [{ files: { path: string }[] }];
  return tarball.files.map(({ path }) => path);
}
