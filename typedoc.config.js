import { SUBPATHS } from './libs/session/subpaths.js';

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'nestjs-session-manager',
  entryPoints: SUBPATHS.map(({ module }) => `libs/session/src/${module}.ts`),
  tsconfig: 'libs/session/tsconfig.build.json',
  readme: 'README.md',
  projectDocuments: ['CONTRIBUTING.md', 'SECURITY.md', 'docs/*.md', 'docs/!(api)/*.md'],
  out: 'docs/api',
  disableSources: true,
  ignoredHighlightLanguages: ['mermaid', 'nginx', 'toml'],
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  treatWarningsAsErrors: true,
  validation: {
    notExported: true,
    invalidLink: true,
    invalidPath: true,
    rewrittenLink: true,
    notDocumented: true,
    unusedMergeModuleWith: true,
  },
};
