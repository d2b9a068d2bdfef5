/** A host with neither scheduled jobs nor the driver of any store. */
import { Module, type INestApplication } from '@nestjs/common';
import { strict as assert } from 'node:assert';

for (const name of ['@nestjs/schedule', 'redis', 'ioredis', 'pg']) {
  assert.throws(() => require.resolve(name), { code: 'MODULE_NOT_FOUND' });
}

@Module({})
export class HostModule {}

export function watchHost(_app: INestApplication): () => void {
  return () => undefined;
}
