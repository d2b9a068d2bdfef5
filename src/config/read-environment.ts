import type { SessionStrategy } from 'nestjs-session-manager';
import type { AppConfig, StoreChoice } from './app-config.js';
import { DEFAULT_CONFIG } from './default-config.js';

const STRATEGIES: readonly SessionStrategy[] = ['jwt', 'token', 'single', 'no-auth'];
const MAX_PORT = 65_535;

/**
 * The configuration that the environment asks for: `SESSION_STRATEGY`, `SESSION_STORE` with `REDIS_URL` or `DATABASE_URL`,
 * `DATA_DIR`,
 * `HOST` and `PORT`.
 *
 * @throws Error that names the variable, what was expected and what came.
 */
export function readEnvironment(environment: NodeJS.ProcessEnv): AppConfig {
  const { SESSION_STRATEGY, SESSION_STORE, DATA_DIR, HOST, PORT } = environment;
  return {
    ...DEFAULT_CONFIG,
    ...(SESSION_STRATEGY && { strategy: readStrategy(SESSION_STRATEGY) }),
    ...(SESSION_STORE && { stores: readStores(SESSION_STORE, environment) }),
    ...(DATA_DIR && { dataDir: DATA_DIR }),
    ...(HOST && { host: HOST }),
    ...(PORT && { port: readPort(PORT) }),
  };
}

function readStrategy(text: string): SessionStrategy {
  const strategy = STRATEGIES.find((name) => name === text);
  if (strategy !== undefined) return strategy;
  throw new Error(`SESSION_STRATEGY: expected ${STRATEGIES.join(', ')}, got ${JSON.stringify(text)}`);
}

/** The servers that stores may be on: the variable that names one, its default, and the protocols it may have. */
const SERVERS = {
  redis: { variable: 'REDIS_URL', fallback: 'redis://localhost:6379', protocols: ['redis:', 'rediss:'] },
  postgres: {
    variable: 'DATABASE_URL',
    fallback: 'postgres://localhost:5432/postgres',
    protocols: ['postgres:', 'postgresql:'],
  },
} as const;

/** A URL may hold a password, so that it is not repeated. */
function readStores(kind: string, environment: NodeJS.ProcessEnv): StoreChoice {
  if (kind === 'memory') return { kind: 'in-process' };
  if (kind !== 'redis' && kind !== 'postgres') {
    throw new Error(`SESSION_STORE: expected memory, redis, postgres, got ${JSON.stringify(kind)}`);
  }
  const { variable, fallback, protocols } = SERVERS[kind];
  const url = environment[variable] ?? fallback;
  if (URL.canParse(url) && protocols.some((protocol) => protocol === new URL(url).protocol))
    return { kind, url };
  throw new Error(
    `${variable}: expected ${protocols.map((protocol) => `${protocol}//…`).join(' or ')}, got something else`,
  );
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return Number(text);
  throw new Error(`PORT: expected a number from 0 to ${MAX_PORT}, got ${JSON.stringify(text)}`);
}
