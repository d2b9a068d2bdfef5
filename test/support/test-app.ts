import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import type { CapturedLogger } from './captured-logger.js';
import { passwordOf } from './test-users.js';

/** What login and refresh answer. */
export interface Tokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly session_id: string;
}

export interface ApiToken {
  readonly api_token: string;
  readonly jti: string;
}

type Method = 'get' | 'post' | 'put' | 'delete';

/** A running application and a client of it. */
export class TestApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly dataDir: string;
  readonly logger: CapturedLogger;

  constructor(app: INestApplication, url: string, dataDir: string, logger: CapturedLogger) {
    this.app = app;
    this.url = url;
    this.dataDir = dataDir;
    this.logger = logger;
  }

  /** A request with a bearer token, if there is one. */
  send(method: Method, path: string, token?: string): request.Test {
    const sent = request(this.url)[method](path);
    return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`);
  }

  tryLogin(username: string, password = passwordOf(username)): request.Test {
    return this.send('post', '/auth/login').send({ username, password });
  }

  async login(username = 'alice'): Promise<Tokens> {
    return (await this.tryLogin(username).expect(200)).body as Tokens;
  }

  tryRefresh(token: string): request.Test {
    return this.send('post', '/auth/refresh').send({ refresh_token: token });
  }

  async refresh(token: string): Promise<Tokens> {
    return (await this.tryRefresh(token).expect(200)).body as Tokens;
  }

  me(token?: string): request.Test {
    return this.send('get', '/auth/me', token);
  }

  async createApiToken(token: string, options: object = {}): Promise<ApiToken> {
    return (await this.send('post', '/auth/api-tokens', token).send(options).expect(201)).body as ApiToken;
  }
}
