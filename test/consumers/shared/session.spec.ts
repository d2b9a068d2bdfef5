/** The first tests that a user writes, in the runner that `nest new` brings. */
import { Test } from '@nestjs/testing';
import {
  MemoryApiTokenStore,
  MemorySessionStore,
  NoAuthSessionManager,
  SessionManager,
  SessionModule,
  tokensOr429,
} from 'nestjs-session-manager';
import { describeSessionStore } from 'nestjs-session-manager/testing';
import { randomBytes } from 'node:crypto';

describe('a test of the host', () => {
  it('boots the module and puts another manager in its place', async () => {
    const module = await Test.createTestingModule({ imports: [SessionModule.forRoot('token')] })
      .overrideProvider(SessionManager)
      .useValue(new NoAuthSessionManager())
      .compile();
    await module.init();
    const { username } = await module.get(SessionManager).validateSession('');
    expect(username).toBe('admin');
    await module.close();
  });

  it('signs with the @nestjs/jwt that the README tells to install', async () => {
    const options = { secretKey: randomBytes(64), apiTokenStore: new MemoryApiTokenStore() };
    const module = await Test.createTestingModule({
      imports: [SessionModule.forRoot({ strategy: 'jwt', ...options })],
    }).compile();
    await module.init();
    const sessions = module.get(SessionManager);
    const tokens = tokensOr429(await sessions.createSession('alice'));
    const { username } = await sessions.validateSession(tokens.accessToken);
    expect(username).toBe('alice');
    await module.close();
  });
});

describeSessionStore('MemorySessionStore', { describe, it }, () => ({ store: new MemorySessionStore() }));
