import type { Platform, Server } from './server.js';

interface Entry {
  readonly name: string;
  /** The only one that it is made for. */
  readonly only?: Platform;
  /** Loads it alone, so that no process carries another's packages. */
  readonly load: () => Promise<Server>;
}

const SERVERS: readonly Entry[] = [
  { name: 'no guard', load: async () => (await import('./no-guard.js')).noGuard },
  { name: 'no guard, no credential', load: async () => (await import('./no-guard.js')).bareRoute },
  { name: 'nestjs-session-manager, jwt', load: async () => (await import('./ours.js')).jwt },
  { name: 'nestjs-session-manager, token', load: async () => (await import('./ours.js')).token },
  { name: 'nestjs-session-manager, single', load: async () => (await import('./ours.js')).single },
  { name: 'nestjs-session-manager, no-auth', load: async () => (await import('./ours.js')).noAuth },
  { name: "Nest's docs, KeyObject", load: async () => (await import('./nest-docs.js')).keyObject },
  { name: "Nest's docs, string secret", load: async () => (await import('./nest-docs.js')).stringSecret },
  { name: 'passport-jwt, KeyObject', load: async () => (await import('./passport-jwt.js')).passportJwt },
  { name: 'fast-jwt, cache on', load: async () => (await import('./fast-jwt.js')).fastJwt },
  {
    name: '@fastify/session',
    only: 'fastify',
    load: async () => (await import('./fastify-session.js')).fastifySession,
  },
  {
    name: 'express-session',
    only: 'express',
    load: async () => (await import('./express-session.js')).expressSession,
  },
  { name: 'better-auth', load: async () => (await import('./better-auth.js')).betterAuthSession },
];

/** Those that run on a platform; the first is the one without a guard. */
export function serverNames(platform: Platform): string[] {
  return SERVERS.filter(({ only = platform }) => only === platform).map(({ name }) => name);
}

export async function loadServer(name: string): Promise<Server> {
  const entry = SERVERS.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new TypeError(`No server "${name}"`);
  return entry.load();
}
