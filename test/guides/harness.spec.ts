import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { countListening } from './ports.js';
import { runGuide } from './run-guide.js';

// Generous, since nothing here waits for time to pass: it is reached only when something hangs.
const block = (info: string, ...lines: string[]) => ['```' + info, ...lines, '```', ''].join('\n');
const transcript = (...lines: string[]) => block('console', ...lines);
const manifest = block('json title="package.json"', '{ "type": "module" }');

describe('The harness of the guides', () => {
  it('takes output that is exactly what the guide shows', async () => {
    await runGuide(transcript('$ echo one; echo two', 'one', 'two', '$ printf "no newline"', 'no newline'));
  });

  it.each([
    ['another line', ['one', 'three']],
    ['a line too many', ['one', 'two', 'three']],
    ['a line too few', ['one']],
    ['a part of a line', ['one', 'tw']],
    ['a pattern that would match', ['one', 't.o']],
  ])('refuses %s than the guide shows', async (_, shown) => {
    await expect(runGuide(transcript('$ echo one; echo two', ...shown))).rejects.toThrow(
      /^Line 2: \$ echo one; echo two\nprinted something else[^]*two\n$/,
    );
  });

  it('reads … as anything within a line, and alone on a line as any lines', async () => {
    await runGuide(transcript('$ printf "took 12 s\\na\\nb\\nend\\n"', 'took … s', '…', 'end', '…'));
    await expect(runGuide(transcript('$ printf "a\\nb\\n"', 'a…b'))).rejects.toThrow('something else');
    await expect(runGuide(transcript('$ echo one', '…', 'two', '…'))).rejects.toThrow('something else');
  });

  it('lets a shown token, id or moment stand for the one that came, from then on', async () => {
    const id = 'GXvO7e88QF2w4rZhOdtdAQ';
    const program = block(
      'js title="id.js"',
      "import { randomBytes } from 'node:crypto';",
      "console.log(randomBytes(16).toString('base64url'));",
    );
    const print = ['$ node id.js | tee id.txt', id];
    await runGuide(manifest + program + transcript(...print, `$ grep -c ${id} id.txt`, '1'));
    await expect(runGuide(manifest + program + transcript(...print, ...print))).rejects.toThrow('else');
    await expect(runGuide(transcript('$ echo short', id))).rejects.toThrow('something else');
  });

  it('keeps variables from one command to the next, and continues a line', async () => {
    await runGuide(transcript('$ NAME=alice', '$ echo "Hello \\', '$NAME"', 'Hello alice'));
  });

  it('refuses a command that fails, whatever it printed', async () => {
    await expect(runGuide(block('sh', 'echo fine', 'false'))).rejects.toThrow('$ false\nended with 1');
    await expect(runGuide(transcript('$ echo one; false', 'one'))).rejects.toThrow('ended with 1');
  });

  it('writes files as the guide goes on, the later over the earlier', async () => {
    const file = (text: string) => block('json title="a/b.json"', text);
    const show = (text: string) => transcript('$ cat a/b.json', text);
    await runGuide(file('1') + show('1') + file('2') + show('2'));
  });

  it('refuses a block that would never be run, unless its language says so', async () => {
    await runGuide(block('nginx', 'listen 443;'));
    await expect(runGuide(block('ts', 'const never = "run";'))).rejects.toThrow('never run');
  });

  it.each([
    ['no-such-package', 'no-such-package: not in the workspace'],
    ['@nestjs/common@10', '@nestjs/common@10: the workspace has 12.'],
  ])('refuses to install %s', async (specifier, reason) => {
    const install = block('sh', `npm install ${specifier}`);
    await expect(runGuide(manifest + install)).rejects.toThrow(reason);
  });

  it('lets a program import what the guide installed, and nothing else', async () => {
    const program = block(
      'js title="main.js"',
      "import { Permission } from 'nestjs-session-manager';",
      'console.log(Permission.Read);',
    );
    const install = (name: string) => block('sh', `npm install ${name}`);
    const run = transcript('$ node main.js', 'read');
    await runGuide(manifest + program + install('nestjs-session-manager') + run);
    await expect(runGuide(manifest + program + install('rxjs') + run)).rejects.toThrow(
      "Cannot find package 'nestjs-session-manager'",
    );
  });

  it('checks TypeScript with the strictness of this repository', async () => {
    const program = (text: string) => block('ts title="main.ts"', text);
    await runGuide(manifest + program('export const first = (list: string[]) => list[0]?.length;'));
    await expect(
      runGuide(manifest + program('export const first = (list: string[]) => list[0].length;')),
    ).rejects.toThrow("error TS2532: Object is possibly 'undefined'");
  });

  it('hands nothing of Jest on to what it runs', async () => {
    const variables = 'process.env.NODE_OPTIONS, process.env.JEST_WORKER_ID, process.env.NODE_ENV';
    await runGuide(transcript(`$ node -p "[${variables}]"`, '[ undefined, undefined, undefined ]'));
  });

  it('tells what a server printed that ended before it listened', async () => {
    const serve = `$ node -e "console.log('no key'); server.listen(3000)" &`;
    await expect(runGuide(transcript(serve))).rejects.toThrow(
      /ended before it listened\nIt printed:\nno key\n[^]*server is not defined/,
    );
  });

  it('leaves neither its folder nor its servers behind', async () => {
    const notes = await mkdtemp(join(tmpdir(), 'harness-'));
    try {
      await runGuide(
        block(
          'js title="server.js"',
          "require('node:http').createServer((_, answer) => answer.end('up')).listen(3000);",
        ) +
          transcript(
            '$ node server.js &',
            '$ curl -s localhost:3000',
            'up',
            `$ echo "$PWD 3000" > ${notes}/1`,
          ),
      );
      const [folder = '', port] = readFileSync(join(notes, '1'), 'utf8').split(' ');
      expect(folder).toContain('guide-');
      expect(existsSync(folder)).toBe(false);
      expect(await countListening([Number(port)])).toBe(0);
    } finally {
      await rm(notes, { recursive: true });
    }
  });

  it('has a curl for machines without', async () => {
    const server = createServer((request, response) => {
      const { method, headers } = request;
      response.setHeader('X-Seen', [method, headers.one, headers['content-type']].join(' '));
      request.pipe(response);
    }).listen(0);
    try {
      await once(server, 'listening');
      const url = `localhost:${(server.address() as AddressInfo).port}`;
      const curl = async (...words: string[]) =>
        (await promisify(execFile)('node', [join(import.meta.dirname, 'stand-ins/curl.js'), ...words]))
          .stdout;
      expect(await curl('-s', url, '-d', 'name=alice')).toBe('name=alice');
      const shown = await curl('-si', '-X', 'PUT', '-H', 'One: 1', '-H', 'Content-Type: a/b', '-d', 'x', url);
      expect(shown).toMatch(/^HTTP\/1\.1 200 OK\r\nX-Seen: PUT 1 a\/b\r\n[^]*\r\n\r\nx$/);
    } finally {
      server.close();
    }
  });
});
