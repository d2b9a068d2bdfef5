/** One thing that a reader does: write a file, or type a command. */
export type Step = FileStep | CommandStep;

export interface FileStep {
  readonly kind: 'file';
  readonly path: string;
  readonly content: string;
}

export interface CommandStep {
  readonly kind: 'command';
  /** Where it stands in the guide, from 1. */
  readonly line: number;
  readonly command: string;
  /** What the guide shows below it; none shown means that it only has to succeed. */
  readonly shown: readonly string[];
}

interface Block {
  readonly line: number;
  readonly language: string;
  readonly title?: string;
  readonly lines: readonly string[];
}

/** Blocks that are there to be read. */
const NEVER_RUN = new Set(['nginx', 'mermaid', 'text']);
const FENCE = /^```(\w*)(?: title="([^"]+)")?$/;

/**
 * Reads the fenced blocks of a guide: one with `title="path"` is a file, `console` a transcript, `sh` commands alone.
 * Any other would be shown and never tried, so it is refused unless its language is one that is never run.
 */
export function parseGuide(markdown: string): Step[] {
  return blocksOf(markdown).flatMap(stepsOf);
}

function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    if (!lines[index]!.startsWith('```')) continue;
    const fence = FENCE.exec(lines[index]!);
    const end = lines.indexOf('```', index + 1);
    if (!fence || end === -1) throw new Error(`Line ${index + 1}: no fence that this harness knows`);
    const [, language = '', title] = fence;
    blocks.push({ line: index + 2, language, title, lines: lines.slice(index + 1, end) });
    index = end;
  }
  return blocks;
}

function stepsOf({ line, language, title, lines }: Block): Step[] {
  if (title !== undefined) return [{ kind: 'file', path: title, content: `${lines.join('\n')}\n` }];
  if (language === 'console') return transcript(lines, line);
  if (language === 'sh') return commands(lines, line);
  if (NEVER_RUN.has(language)) return [];
  throw new Error(`Line ${line}: a block of ${language || 'no language'} without a title is never run`);
}

function transcript(lines: readonly string[], firstLine: number): CommandStep[] {
  const steps: (CommandStep & { shown: string[] })[] = [];
  let unfinished = false;
  for (const [index, text] of lines.entries()) {
    const last = steps.at(-1);
    if (unfinished && last) {
      steps[steps.length - 1] = { ...last, command: `${last.command}\n${text}` };
    } else if (text.startsWith('$ ')) {
      steps.push({ kind: 'command', line: firstLine + index, command: text.slice(2), shown: [] });
    } else if (last) {
      last.shown.push(text);
    } else {
      throw new Error(`Line ${firstLine + index}: output before any command`);
    }
    unfinished = (unfinished || text.startsWith('$ ')) && text.endsWith('\\');
  }
  return steps;
}

/** Every line of `sh` is a command, unless it is a comment or continues the one before it. */
function commands(lines: readonly string[], firstLine: number): CommandStep[] {
  return transcript(
    lines.map((text, index) => {
      if (lines[index - 1]?.endsWith('\\')) return text;
      return text === '' || text.startsWith('#') ? '$ :' : `$ ${text}`;
    }),
    firstLine,
  );
}
