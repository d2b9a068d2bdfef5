/** A project without `@nestjs/jwt`: opaque tokens work, and whoever asks for signed ones learns what is missing. */
import { Test } from '@nestjs/testing';
import { createSessionManager, SessionManager, SessionModule, tokensOr429 } from 'nestjs-session-manager';
import { randomBytes } from 'node:crypto';

it('opens sessions', async () => {
  const module = await Test.createTestingModule({ imports: [SessionModule.forRoot('token')] }).compile();
  await module.init();
  const sessions = module.get(SessionManager);
  const tokens = tokensOr429(await sessions.createSession('alice'));
  const { username } = await sessions.validateSession(tokens.accessToken);
  expect(username).toBe('alice');
  await module.close();
});

it('names the command that the strategy jwt needs beside Nest 11', async () => {
  const refused = createSessionManager({ strategy: 'jwt', secretKey: randomBytes(64) });
  await expect(refused).rejects.toMatchObject({
    code: 'SESSION_CONFIGURATION',
    message: expect.stringContaining('run "npm install @nestjs/jwt@11"'),
  });
});
