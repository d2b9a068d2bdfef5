import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, UseGuards, type INestApplication } from '@nestjs/common';
import { InvalidInputError } from '../../src/core/errors.js';
import { Permission } from '../../src/core/permission.js';
import { JwtSessionManager } from '../../src/managers/jwt-session.manager.js';
import { RequireDataset } from '../../src/nest/guards/require-dataset.decorator.js';
import { SessionGuard } from '../../src/nest/guards/session.guard.js';
import { SessionModule } from '../../src/nest/session.module.js';
import { BearerTransport } from '../../src/nest/transports/bearer.transport.js';
import { MemoryApiTokenStore } from '../../src/stores/memory/memory-api-token.store.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { startApp } from '../support/nest-app.js';

@Controller('files')
@UseGuards(SessionGuard)
class Files {
  @Get('*name')
  @RequireDataset(Permission.Read, 'name')
  read() {
    return {};
  }
}

describe('a wildcard of Express 5', () => {
  let app: INestApplication;
  let url: string;
  const logger = new MemoryLogger();
  const effectivePermissions = jest.fn((_username: string, _dataset: unknown) => [Permission.Read]);

  beforeEach(async () => {
    logger.entries.length = 0;
    effectivePermissions.mockClear();
    ({ app, url } = await startApp('Express', {
      imports: [
        SessionModule.forRoot({
          strategy: 'jwt',
          secretKey: new Uint8Array(64),
          apiTokenStore: new MemoryApiTokenStore(),
          logger,
          effectivePermissions,
        }),
      ],
      controllers: [Files],
    }));
  });

  afterEach(() => app.close());

  const read = async (path: string, token: string) =>
    (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).status;

  it('X2 an array of segments names no dataset, whatever they look like as a text; the log says how to mend it', async () => {
    const manager = app.get(JwtSessionManager);
    const datasets = { 'a,b': [Permission.Read], a: [Permission.Read] };
    const { token } = await manager.createApiToken('robot', { datasets });
    effectivePermissions.mockClear();
    expect(await read('/files/a/b', token)).toBe(403);
    expect(await read('/files/a', token)).toBe(403);
    const { accessToken } = (await manager.createSession('alice'))!;
    expect(await read('/files/a/b', accessToken)).toBe(403);
    expect(effectivePermissions).not.toHaveBeenCalled();
    const told = logger.entries.filter((entry) => entry.startsWith('error '));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /^error Files\.read: @RequireDataset names the parameter "name", which .*; name /,
    );
  });
});

it.each([[['Bearer a', 'Bearer b']], [{}], [5], [null]])(
  'X2 an Authorization header that is %j instead of a text is refused',
  (authorization) => {
    expect(() => new BearerTransport().read({ headers: { authorization } })).toThrow(InvalidInputError);
  },
);
