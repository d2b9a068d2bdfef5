/** Prints what `SessionModule` costs at start, as JSON; with the argument `without`, what the same application costs. */
import 'reflect-metadata';
import { Controller, Get, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomBytes } from 'node:crypto';

@Controller()
class HelloController {
  @Get()
  hello() {
    return 'Hello';
  }
}

async function sessionModule(): Promise<ModuleMetadata> {
  const { MemoryApiTokenStore, SessionModule } = await import('nestjs-session-manager');
  const apiTokenStore = new MemoryApiTokenStore();
  return { imports: [SessionModule.forRoot({ strategy: 'jwt', secretKey: randomBytes(64), apiTokenStore })] };
}

async function main() {
  const importing = performance.now();
  const metadata = process.argv[2] === 'without' ? {} : await sessionModule();

  const creating = performance.now();
  @Module({ ...metadata, controllers: [HelloController] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  await app.listen(0, '127.0.0.1');
  const listening = performance.now();

  console.log(JSON.stringify({ importMs: creating - importing, listenMs: listening - creating }));
  await app.close();
}

void main();
