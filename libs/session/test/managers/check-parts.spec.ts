import { describe, expect, it } from '@jest/globals';
import { Controller, Inject } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  JwtSessionManager,
  NoAuthSessionManager,
  SessionManager,
  SessionVerifier,
  SingleSessionManager,
} from 'nestjs-session-manager';

type Made = new (...parts: unknown[]) => unknown;

describe('a constructor that is called as the specification does', () => {
  it.each([
    ['SessionManager', SessionManager, 'token'],
    ['SingleSessionManager', SingleSessionManager, 'single'],
    ['JwtSessionManager', JwtSessionManager, 'jwt'],
  ])('new %s() leads to createSessionManager and forRoot', (name, Class, strategy) => {
    for (const parts of [[], [undefined], [null], [{}], [{ sessionTimeout: 60 }], [3600, 10]]) {
      let thrown: unknown;
      try {
        new (Class as unknown as Made)(...parts);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({
        code: 'SESSION_CONFIGURATION',
        message:
          `${name}: a constructor takes resolved parts, not options; make it by await createSessionManager('${strategy}'), ` +
          `or in Nest import SessionModule.forRoot('${strategy}') and inject it`,
      });
    }
  });

  it('a class of the application that extends one is led there too', () => {
    class AuditedSessions extends SessionManager {}
    expect(() => new (AuditedSessions as unknown as Made)()).toThrow(
      'AuditedSessions: a constructor takes resolved parts, not options; make it by await createSessionManager(strategy)',
    );
  });

  it('new SessionVerifier() leads to createSessionVerifier and its module', () => {
    for (const parts of [[], [null], [{ issuer: 'us' }]]) {
      expect(() => new (SessionVerifier as unknown as Made)(...parts)).toThrow(
        /createSessionVerifier\(\{.*JwksVerifierModule\.forRoot/,
      );
    }
  });

  it('new NoAuthSessionManager() needs nothing', () => {
    expect(new NoAuthSessionManager().adminToken()).toEqual(expect.any(String));
  });

  it('a module that lists the class among its providers is led to forRoot', async () => {
    @Controller()
    class Login {
      constructor(@Inject(SessionManager) readonly sessions: SessionManager) {}
    }
    await expect(
      Test.createTestingModule({ controllers: [Login], providers: [SessionManager] }).compile(),
    ).rejects.toThrow("SessionModule.forRoot('token')");
  });
});
