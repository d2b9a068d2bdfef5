import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { username } from '../workload/signing.js';
import { loadServer } from './index.js';
import type { Greeting, Platform } from './server.js';

/** The process of a server: told its name and platform, it serves, and tells its processor time when asked. */

const USERS = 200;

// However the bench ends, its end of the channel goes with it.
process.once('disconnect', () => process.exit());

const [name, platform] = process.argv.slice(2) as [string, Platform];
const { module, configure, admit } = await loadServer(name);
const app = await NestFactory.create(module, await adapterFor(platform), {
  logger: ['error'],
  abortOnError: false,
});
await configure?.(app);
await app.listen(0, '127.0.0.1');
const httpServer = app.getHttpServer() as HttpServer;
// While the others take their turns, connections are idle for longer than a server would keep them.
httpServer.keepAliveTimeout = 0;
const { port } = httpServer.address() as AddressInfo;
const admission = await admit(
  app,
  Array.from({ length: USERS }, (_, number) => username(number)),
);
process.on('message', () => process.send!(process.cpuUsage()));
process.send!({ port, ...admission } satisfies Greeting);

async function adapterFor(platform: Platform): Promise<AbstractHttpAdapter> {
  switch (platform) {
    case 'fastify':
      return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
    case 'express':
      return new (await import('@nestjs/platform-express')).ExpressAdapter();
  }
}
