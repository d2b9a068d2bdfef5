import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Injectable } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { JwtSessionManager, SessionManager } from 'nestjs-session-manager';
import ts from 'typescript';

const FOLDER = import.meta.dirname;
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.types.ts'));
const ROOT = join(FOLDER, '../../../..');

/** A stretch of a file, whose complaints are its own. */
interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The methods of the object `promises` that a file exports: each is named after the promise that its types hold. */
function promisesIn(file: string): Part[] {
  const source = ts.createSourceFile(file, ts.sys.readFile(file)!, ts.ScriptTarget.Latest);
  const parts: Part[] = [];
  ts.forEachChild(source, (statement) => {
    if (!ts.isVariableStatement(statement)) return;
    for (const { initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isObjectLiteralExpression(initializer)) continue;
      for (const { name, pos, end } of initializer.properties) {
        if (name && ts.isStringLiteral(name)) parts.push({ name: name.text, start: pos, end });
      }
    }
  });
  return parts;
}

function compilerOptions(): ts.CompilerOptions {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT).options;
}

/** The compiler's message with its line, as people look it up. */
function describeComplaint({ file, start, messageText }: ts.Diagnostic): string {
  const line = file!.getLineAndCharacterOfPosition(start!).line + 1;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

describe('What the compiler promises', () => {
  let program: ts.Program;

  beforeAll(() => {
    program = ts.createProgram(
      FILES.map((name) => join(FOLDER, name)),
      compilerOptions(),
    );
  });

  describe.each(FILES)('%s', (name) => {
    const file = join(FOLDER, name);
    const parts = promisesIn(file);
    let complaints: readonly ts.Diagnostic[];

    beforeAll(() => {
      const source = program.getSourceFile(file);
      complaints = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });

    const within = ({ start, end }: Part) =>
      complaints.filter((complaint) => complaint.start! >= start && complaint.start! < end);

    it.each(parts)('$name', (part) => {
      expect(within(part).map(describeComplaint)).toEqual([]);
    });

    it('has promises, and compiles outside of them too', () => {
      const inside = parts.flatMap(within);
      expect(parts).not.toEqual([]);
      expect(complaints.filter((complaint) => !inside.includes(complaint)).map(describeComplaint)).toEqual(
        [],
      );
    });
  });
});

describe('What the compiler writes down', () => {
  it.each([
    ['a controller', Controller()],
    ['a provider', Injectable()],
  ])('is enough for Nest to give %s its SessionManager without @Inject', (_, decorator) => {
    @decorator
    class Uses {
      constructor(
        readonly sessions: SessionManager,
        readonly jwt: JwtSessionManager,
      ) {}
    }
    expect(Reflect.getMetadata('design:paramtypes', Uses)).toEqual([SessionManager, JwtSessionManager]);
  });
});
