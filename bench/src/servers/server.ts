import type { DynamicModule, INestApplication, Type } from '@nestjs/common';

/** A Nest application that serves `GET /profile`, which answers {@link profileOf} whoever asks. */
export interface Server {
  readonly module: Type | DynamicModule;
  /** What the application needs beside its modules, before it listens. */
  readonly configure?: (app: INestApplication) => Promise<void>;
  /** Logs everyone in, once the application listens. */
  readonly admit: (app: INestApplication, users: readonly string[]) => Promise<Admission>;
}

/** The headers that a request is sent with. */
export type Headers = Readonly<Record<string, string>>;

interface Visitor {
  readonly username: string;
  readonly headers: Headers;
}

export interface Admission {
  /** Whom the route knows. */
  readonly admitted: readonly Visitor[];
  /** What it must be closed for; {@link OPEN_TO_ALL} where it is meant to be open. */
  readonly refused: typeof OPEN_TO_ALL | Readonly<Record<'forged' | 'expired', Headers>>;
}

export const OPEN_TO_ALL = 'open to all';

export type Platform = 'fastify' | 'express';

/** What a server process tells once it listens and everyone is logged in. */
export interface Greeting extends Admission {
  readonly port: number;
}

export function profileOf(username: string) {
  return { username };
}
