/**
 * The direction of imports: everything points at core, and the Nest face is the outer skin.
 * Node built-ins and the named packages are all that a folder may use beside what is listed here.
 */
const lib = '^libs/session/src';

/** A folder of the library and what it may import, as patterns of paths. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `${lib}/${from}` },
  to: { pathNot: allowed },
});

const util = `${lib}/util/`;
/** What a session is, and the tools that know nothing of sessions: whoever may look at anything may look at these. */
const core = `${lib}/(core|util)/`;
const managers = `${lib}/managers/`;
const tokens = `${lib}/tokens/`;
const memory = `${lib}/stores/memory/`;
const file = `${lib}/stores/file/`;
const compose = `${lib}/compose/`;
const nest = `${lib}/nest/`;
/** A room of `nest/` and the others that it may look into: those that are made before it. */
const room = (name, others, besides = []) =>
  only(
    `nest-${name}`,
    `nest/${name}/`,
    [core, managers, ...[name, ...others].map((other) => `${nest}${other}`), ...besides, skin, turns],
    'No room imports one that imports it',
  );

/** What `./testing` puts together for the tests of an application. */
const harness = '(test-sessions|guard-as|expect-guarded)\\.ts$';
const builtIn = '^(node:)?(buffer|crypto|fs|fs/promises|os|path|timers/promises|zlib)$';
/** For work that gives others their turn. */
const turns = '^(node:)?timers/promises$';
const npm = (name) => `^node_modules/${name}/`;
const skin = npm('(@nestjs/(common|core|microservices|schedule|websockets)|cron|rxjs)');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('util-alone', 'util/', [util, '^(node:)?module$'], 'Tools know nothing of sessions'),
    only('core-alone', 'core/', [core], 'What a session is knows no framework and no I/O'),
    only(
      'tokens',
      'tokens/',
      [core, tokens, builtIn, '^(node:)?module$', npm('@nestjs/jwt'), npm('@node-rs/argon2')],
      'A codec knows no store',
    ),
    only(
      'token-keys',
      'tokens/keys/',
      [core, `${tokens}keys/`, builtIn, npm('@node-rs/argon2')],
      'A key knows no token',
    ),
    only(
      'token-signatures',
      'tokens/jws/',
      [core, `${tokens}(keys|jws)/`, builtIn, '^(node:)?module$', npm('@nestjs/jwt')],
      'A signature knows no claims',
    ),
    only('token-claims', 'tokens/jwt/', [core, `${tokens}(keys|jws|jwt)/`, builtIn], 'Claims know no codec'),
    only(
      'memory-store',
      'stores/memory/',
      [core, memory, builtIn],
      'A store knows no policy and no other store',
    ),
    only(
      'remote-stores',
      'stores/remote/',
      [core, `${lib}/stores/remote/`, builtIn, '^(libs/session/)?node_modules/lru-cache/'],
      'What remote stores share knows no driver and none of them',
    ),
    only(
      'redis-stores',
      'stores/redis/',
      [core, `${lib}/stores/(redis|remote)/`, builtIn],
      'No driver is imported: the application has one, and gives us its client',
    ),
    only(
      'postgres-stores',
      'stores/postgres/',
      [core, `${lib}/stores/(postgres|remote)/`, builtIn],
      'No driver is imported: the application has one, and gives us its pool',
    ),
    only('file-store', 'stores/file/', [core, memory, file, builtIn], 'A file store is memory and a journal'),
    only(
      'managers',
      'managers/',
      [core, managers, builtIn],
      'A manager meets codecs and stores at their ports only',
    ),
    only(
      'compose',
      'compose/',
      [core, tokens, managers, memory, file, compose, builtIn, '^(node:)?cluster$', npm('class-validator')],
      'Parts are put together without Nest',
    ),
    only('nest', 'nest/', [core, managers, compose, nest, skin, turns], 'The outer skin knows no backend'),
    only(
      'nest-transports',
      'nest/transports/',
      [core, compose, `${nest}transports/`, skin],
      'A transport knows requests and responses, and no manager; its options are checked as all are',
    ),
    room('contexts', ['settings', 'transports']),
    room('rules', ['contexts']),
    room('connections', ['settings', 'resolved-user', 'contexts']),
    room('guards', ['settings', 'resolved-user', 'contexts', 'rules', 'connections']),
    room('sockets', ['settings', 'contexts', 'rules', 'connections', 'guards']),
    room('audit', ['rules', 'guards', 'sockets']),
    room('checks', ['settings', 'audit', 'connections'], [`${compose}boot-checks`]),
    room('cleanup', ['settings']),
    only(
      'contracts',
      `testing/(?!index\\.ts$|${harness})`,
      [core, `${lib}/testing/(?!index\\.ts$|${harness})`, builtIn, '^(node:)?assert/strict$'],
      'What is promised of a store is told in terms of core, so that any store can be held to it',
    ),
    only(
      'test-sessions',
      `testing/${harness}`,
      [
        core,
        tokens,
        managers,
        memory,
        compose,
        `${nest}(audit|guards|transports)/`,
        `${lib}/testing/`,
        builtIn,
        npm('@nestjs/common'),
      ],
      'Test sessions are a manager in memory and a guard in place of ours: no module, no file; and the audit is asked',
    ),
    only('testing-index', 'testing/index\\.ts$', [`${lib}/testing/`], 'The surface of ./testing'),
    only(
      'index',
      'index\\.ts$',
      [core, managers, memory, file, compose, nest],
      'The public surface: no codec, no key is a name of ours',
    ),
    {
      name: 'index-is-for-users',
      comment: 'The public surface is imported by nobody inside',
      severity: 'error',
      from: { path: lib },
      to: { path: `${lib}/index\\.ts$` },
    },
    {
      name: 'loaded-when-needed',
      comment: 'Optional peers and native code may be missing: import() them, guarded, where they are needed',
      severity: 'error',
      from: { path: lib },
      to: {
        path: npm('(@nestjs/(jwt|microservices|schedule|websockets)|@node-rs/argon2)'),
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nobody-imports-testing',
      severity: 'error',
      from: { path: lib, pathNot: `${lib}/testing/` },
      to: { path: `${lib}/testing/` },
    },
    {
      name: 'app-uses-the-package',
      comment: 'The reference app and the bench see what every user sees',
      severity: 'error',
      from: { path: '^(src|bench)/' },
      to: { path: `${lib}/`, pathNot: `${lib}/(stores/(redis|postgres)/)?index\\.ts$` },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: ['^(libs/session/|bench/)?dist/', '^test/consumers/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
