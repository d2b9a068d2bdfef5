/** Boots in Node itself, where nothing optional is installed. */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SessionModule } from 'nestjs-session-manager';
import { strict as assert } from 'node:assert';

for (const name of ['@nestjs/jwt', '@nestjs/schedule']) {
  assert.throws(() => require.resolve(name), { code: 'MODULE_NOT_FOUND' });
}

@Module({ imports: [SessionModule.forRoot('token')] })
class AppModule {}

async function main() {
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  await app.close();
}

void main();
