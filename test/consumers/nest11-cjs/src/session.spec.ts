/** Jest in plain CommonJS mode takes the CommonJS half of both entry points. */
import {
  MemorySessionStore,
  NoAuthSessionManager,
  SessionManager,
  SessionModule,
} from 'nestjs-session-manager';
import { describeSessionStore } from 'nestjs-session-manager/testing';
import { Test } from '@nestjs/testing';

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

  it('runs the CommonJS half', () => {
    expect(require.resolve('nestjs-session-manager')).toMatch(/[\\/]dist[\\/]cjs[\\/]index\.js$/);
  });
});

describeSessionStore('MemorySessionStore', { describe, it }, () => ({ store: new MemorySessionStore() }));
