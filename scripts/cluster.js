/**
 * `npm run cluster`: three processes of the reference app on one Redis server, behind one address that takes them in turn.
 * Needs `redis-server` on the PATH, or a server of yours in `REDIS_URL`. It keeps nothing: all is gone when it ends.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const REPLICAS = 3;
const PORT = Number(process.env.PORT ?? 3000);
const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');

const folder = mkdtempSync(join(tmpdir(), 'nsm-cluster-'));
const children = [];

try {
  const REDIS_URL = process.env.REDIS_URL ?? (await startRedis());
  const ports = [];
  // One after the other: the first makes the key and the demo users that all of them share.
  for (let replica = 1; replica <= REPLICAS; replica += 1) ports.push(await startReplica(replica, REDIS_URL));
  await startProxy(ports);
  console.log(
    `\nListening on http://127.0.0.1:${PORT}, which leads to ${ports.join(', ')} in turn. End it by Ctrl+C.`,
  );
} catch (error) {
  console.error(`Cannot start: ${error.message}`);
  end(1);
}

process.on('SIGINT', () => end(0));
process.on('SIGTERM', () => end(0));

async function startRedis() {
  const port = await freePort();
  const server = start('redis-server', [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
  ]);
  server.on('error', () => {
    console.error('Cannot start: no redis-server on the PATH; install it, or name a server in REDIS_URL');
    end(1);
  });
  await untilListening(port);
  return `redis://127.0.0.1:${port}`;
}

async function startReplica(replica, REDIS_URL) {
  const port = await freePort();
  const environment = {
    DATA_DIR: join(folder, 'data'),
    SESSION_STORE: 'redis',
    REDIS_URL,
    PORT: String(port),
  };
  const child = start(process.execPath, [MAIN], { ...process.env, ...environment });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => process.stdout.write(String(text).replace(/^(?=.)/gm, `${replica} | `)));
  }
  await untilListening(port);
  return port;
}

function startProxy(ports) {
  let turn = 0;
  const proxy = createServer((incoming, outgoing) => {
    const port = ports[turn++ % ports.length];
    const { method, url: path, headers } = incoming;
    const forwarded = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, { ...answer.headers, 'x-replica': String(port) });
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.headersSent || outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  return new Promise((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(PORT, '127.0.0.1', resolve);
  });
}

function start(command, args, env = process.env) {
  const child = spawn(command, args.map(String), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

async function untilListening(port) {
  while (!(await takesConnections(port))) await pause(50);
}

function takesConnections(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const socket = createSocket();
    socket.on('error', reject);
    socket.listen(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function end(code) {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
