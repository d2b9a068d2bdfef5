/**
 * Writes docs/options.md from the comments above the options: a chapter for each class that declares some, a heading for
 * each option. `--print` shows the page and leaves the file alone.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..');
const DOCS = join(ROOT, 'docs');
const SOURCES = [
  'options',
  'shared-options',
  'module-options',
  'cookie-options',
  'verifier-options',
  'option-rule',
].map((name) => join(ROOT, `libs/session/src/compose/${name}.ts`));

/** Who takes options, and the class of these. */
const STRATEGIES = {
  token: 'TokenSessionOptions',
  single: 'SingleSessionOptions',
  jwt: 'JwtSessionOptions',
  'no-auth': 'NoAuthSessionOptions',
};
const VERIFIER = { JwksVerifierModule: 'JwksVerifierOptions' };
const COOKIES = { CookieTransport: 'CookieTransportOptions' };

const HEAD = `# Options

What \`SessionModule.forRoot\`, \`SessionModule.forRootAsync\` and \`createSessionManager\` take beside \`strategy\`, and what
\`JwksVerifierModule\`, \`createSessionVerifier\` and \`new CookieTransport\` take.

All are checked at boot: a wrong one, an unknown one, or one of another strategy, is a \`SessionConfigurationError\` that
names it, what was expected and what came. Leave out what you do not want: \`undefined\` counts as left out, \`null\` is
refused. An instance of a class will do, with its getters and methods. Times are **seconds**.`;

const FOOT = `---

Written by \`npm run docs:options\` from the comments above the options in \`libs/session/src/compose\`: what is to change
here changes there.`;

// Names and comments are all that is asked for, so nothing is read of what the options import.
const program = ts.createProgram(SOURCES, { lib: ['lib.es5.d.ts'], noResolve: true, types: [] });
const checker = program.getTypeChecker();
const classes = SOURCES.flatMap((path) =>
  program.getSourceFile(path).statements.filter(ts.isClassDeclaration),
);

const chapters = classes
  .map((group) => ({ ...titled(group), options: group.members.filter(isOption).map(described) }))
  .filter(({ options }) => options.length > 0);
const page = `${[HEAD, overview(), ...chapters.map(chapter), FOOT].join('\n\n')}\n`;

if (process.argv.includes('--print')) process.stdout.write(page);
else writeFileSync(join(DOCS, 'options.md'), page);

function overview() {
  const rows = chapters
    .flatMap(({ options }) => options)
    .map(({ heading, takers, fallback }) => [`[${heading}](#${anchorOf(heading)})`, takers, fallback]);
  const table = [['option', 'taken by', 'default'], ['---', '---', '---'], ...rows];
  return ['<!-- prettier-ignore -->', ...table.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

function chapter({ title, introduction, options }) {
  return [`## ${title}`, introduction, ...options.map(section)].filter(Boolean).join('\n\n');
}

function section({ heading, text, type, takers, fallback }) {
  const facts = [`Default: ${fallback}`, `Taken by: ${takers}`, `Type: \`${type}\``];
  return [`### ${heading}`, text, facts.map((fact) => `- ${fact}`).join('\n')].join('\n\n');
}

/** The first sentence of the comment above a class, and the others. */
function titled(group) {
  const [, title, introduction] = /^(.+?)\.(?:\s+(.+))?$/s.exec(docstring(group));
  return { title, introduction };
}

function isOption(member) {
  return ts.isPropertyDeclaration(member) && member.name.text !== 'strategy';
}

function described(member) {
  const name = member.name.text;
  // Whoever takes it as it is declared here: the verifier has some that are called as those of a strategy.
  const takes = (OptionClass) => optionNamed(name, OptionClass)?.declarations.includes(member);
  const strategies = Object.keys(STRATEGIES).filter((strategy) => takes(STRATEGIES[strategy]));
  const verifiers = Object.keys(VERIFIER).filter((verifier) => takes(VERIFIER[verifier]));
  const cookies = Object.keys(COOKIES).filter((transport) => takes(COOKIES[transport]));
  const isNamesake =
    verifiers.length > 0 && strategies.length === 0 && optionNamed(name, STRATEGIES.jwt) !== undefined;
  return {
    heading: `\`${name}\`${isNamesake ? ' of a verifier' : ''}`,
    type: member.type.getText(),
    takers: takersIn(strategies, [...verifiers, ...cookies]),
    ...told(member),
  };
}

function optionNamed(name, OptionClass) {
  const { symbol } = classes.find((group) => group.name.text === OptionClass);
  return checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(symbol), name);
}

function takersIn(strategies, others) {
  const all = strategies.length === Object.keys(STRATEGIES).length;
  const names = [...strategies, ...others].map((name) => `\`${name}\``);
  return all ? ['every strategy', ...names.slice(strategies.length)].join(', ') : names.join(', ');
}

/** What the comment above an option says, and apart from it the default, with which it ends. */
function told(member) {
  const comment = docstring(member);
  const [sentence, fallback] = /Default: (.+)\.$/s.exec(comment) ?? [];
  if (sentence === undefined)
    throw new Error(`${member.name.text}: no "Default: …." ends the comment above it`);
  return { text: comment.slice(0, -sentence.length).trim(), fallback: fallback.replace(/\s+/g, ' ') };
}

function docstring({ symbol }) {
  return ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .replace(/\{@link (\w+) ?\}/g, '`$1`')
    .replace(/decision (\d+)/g, (words, number) => `[${words}](decisions/${fileOfDecision(number)})`)
    .replace(/guide ([\w-]+)/g, (words, name) => `[${words}](guides/${name}.md)`);
}

function fileOfDecision(number) {
  return readdirSync(join(DOCS, 'decisions')).find((file) => file.startsWith(`${number.padStart(4, '0')}-`));
}

/** As GitHub makes it. */
function anchorOf(heading) {
  return heading.toLowerCase().replace(/`/g, '').replace(/ /g, '-');
}
