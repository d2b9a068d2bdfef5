import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HALVES, InstalledPackage, type Half } from './installed-package.js';

// Processes are slow to start on a busy machine.
jest.setTimeout(60_000);

const BYTES = "secretKey: randomBytes(64), apiTokenDir: '.'";
const SIGNING = "signing: { algorithm: 'EdDSA', privateKey: generateKeyPairSync('ed25519').privateKey }";

/** A package named by an import of a declaration, on a line of its own or inside a type. */
const FOREIGN = /^(?:import|export|\}).* from '([^.'][^']*)'|\bimport\("([^."][^"]*)"\)/gm;

let installed: InstalledPackage;
beforeAll(() => {
  installed = new InstalledPackage();
});
afterAll(() => installed.dispose());

it('its declarations name no package that may be missing', () => {
  const named = installed.files
    .filter((file) => file.endsWith('.d.ts'))
    .flatMap((file) => [...installed.read(file).matchAll(FOREIGN)])
    .map(([, imported, inline]) => (imported ?? inline)!)
    .filter((name) => !name.startsWith('node:'));
  expect(named).toContain('@nestjs/common');
  const required = installed.required();
  expect(named.filter((name) => !required.includes(name))).toEqual([]);
});

describe.each(Object.keys(HALVES) as Half[])('half %s', (half) => {
  const logsIn = (options: string) =>
    runs(`const manager = await createSessionManager({ ${options} });
          const { accessToken } = await manager.createSession('admin');
          console.log((await manager.validateSession(accessToken)).username);`);

  beforeEach(() => installed.remove('@nestjs/jwt'));
  afterAll(() => {
    installed.add('@nestjs/common');
    installed.remove('@nestjs/jwt');
  });

  it.each([
    "strategy: 'token', secretKey: randomBytes(64)",
    "strategy: 'single', secretKey: randomBytes(64)",
    "strategy: 'no-auth'",
    `strategy: 'jwt', ${SIGNING}, ${BYTES}`,
  ])('{ %s } needs neither an optional peer nor native code', (options) => {
    expect(logsIn(options)).toBe('admin\n');
  });

  it('guards HTTP where none of them is there', () => {
    installed.add('@nestjs/platform-express');
    const printed = installed.run(`
      const { Controller, Get, Module, UseGuards } = await import('@nestjs/common');
      const { NestFactory } = await import('@nestjs/core');
      const { CurrentUser, SessionGuard, SessionManager, SessionModule } = ${installed.loading(half)};
      class Me { me(name) { return name; } }
      const handler = Object.getOwnPropertyDescriptor(Me.prototype, 'me');
      CurrentUser('username')(Me.prototype, 'me', 0);
      Get('me')(Me.prototype, 'me', handler);
      UseGuards(SessionGuard)(Me.prototype, 'me', handler);
      Controller()(Me);
      class App {}
      Module({ imports: [SessionModule.forRoot('token')], controllers: [Me] })(App);
      const app = await NestFactory.create(App, { logger: false });
      await app.listen(0, '127.0.0.1');
      const { accessToken } = await app.get(SessionManager).createSession('alice');
      for (const authorization of ['', 'Bearer garbage', 'Bearer ' + accessToken]) {
        const response = await fetch(await app.getUrl() + '/me', { headers: { authorization } });
        console.log(response.status, response.ok ? await response.text() : '');
      }
      await app.close();`);
    expect(printed).toBe('401 \n401 \n200 alice\n');
  });

  it('signs HS512 once @nestjs/jwt is there, and goes on with it when keys are rotated', () => {
    installed.add('@nestjs/jwt');
    const printed = runs(`
      const manager = await createSessionManager({ strategy: 'jwt', ${BYTES} });
      await manager.keys.rotateKeys(randomBytes(64));
      const { accessToken } = await manager.createSession('admin');
      console.log((await manager.validateSession(accessToken)).username, accessToken.split('.')[0]);`);
    const header = Buffer.from('{"alg":"HS512","typ":"JWT"}').toString('base64url');
    expect(printed).toBe(`admin ${header}\n`);
  });

  describe.each(['10.4.22', '11.2.10', '12.5.1'])('beside Nest %s', (version) => {
    const command = `npm install @nestjs/jwt@${version.split('.')[0]}`;
    beforeEach(() => installed.add('@nestjs/common', manifest(version)));

    it('says how to install @nestjs/jwt where it is missing', () => {
      expect(refusal(`strategy: 'jwt', ${BYTES}`)).toEqual({
        code: 'SESSION_CONFIGURATION',
        message: `strategy: "jwt" signs with @nestjs/jwt, which is missing or cannot be loaded here; run "${command}"`,
      });
    });

    it('says so too where it cannot be loaded', () => {
      installed.add('@nestjs/jwt', { ...manifest('12.0.2'), 'index.js': 'export * from' });
      expect(refusal(`strategy: 'jwt', ${BYTES}`).message).toContain(command);
    });
  });

  it('says where the version comes from, if it does not find it', () => {
    installed.remove('@nestjs/common');
    expect(refusal(`strategy: 'jwt', ${BYTES}`).message).toMatch(
      /run "npm install @nestjs\/jwt@<the major version of @nestjs\/common>"$/,
    );
  });

  it('says what to do where a passphrase finds no native code', () => {
    expect(refusal("strategy: 'token', secretKey: 'correct horse battery staple'")).toEqual({
      code: 'SESSION_CONFIGURATION',
      message:
        'secretKey: a passphrase needs @node-rs/argon2, whose native code cannot be loaded here; run "npm install" ' +
        `on this platform (${process.platform}-${process.arch}) and keep that package out of bundles, or give at ` +
        'least 64 bytes instead',
    });
  });

  it('keeps its keys when a rotation to a passphrase finds no native code', () => {
    const printed = runs(`
      const manager = await createSessionManager({ strategy: 'token', secretKey: randomBytes(64) });
      const { accessToken } = await manager.createSession('admin');
      await manager.keys.rotateKeys('correct horse battery staple').catch(({ code }) => console.log(code));
      console.log((await manager.validateSession(accessToken)).username);`);
    expect(printed).toBe('SESSION_CONFIGURATION\nadmin\n');
  });

  /** What a script prints that has `createSessionManager` of this half. */
  function runs(script: string): string {
    return installed.run(`
      import { generateKeyPairSync, randomBytes } from 'node:crypto';
      const { createSessionManager } = ${installed.loading(half, 'compose/create-session-manager')};
      console.warn = () => {};
      ${script}`);
  }

  function refusal(options: string): { code: string; message: string } {
    return JSON.parse(
      runs(`await createSessionManager({ ${options} }).catch(({ code, message }) =>
        console.log(JSON.stringify({ code, message })));`),
    ) as { code: string; message: string };
  }
});

function manifest(version: string): Record<string, string> {
  return { 'package.json': JSON.stringify({ version, type: 'module', main: './index.js' }) };
}
