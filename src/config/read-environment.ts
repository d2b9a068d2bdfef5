import type { SessionStrategy } from 'nestjs-session-manager';
import type { AppConfig } from './app-config.js';
import { DEFAULT_CONFIG } from './default-config.js';

const STRATEGIES: readonly SessionStrategy[] = ['jwt', 'token', 'single', 'no-auth'];
const MAX_PORT = 65_535;

/**
 * The configuration that the environment asks for: `SESSION_STRATEGY`, `DATA_DIR`, `HOST` and `PORT`.
 *
 * @throws Error that names the variable, what was expected and what came.
 */
export function readEnvironment(environment: NodeJS.ProcessEnv): AppConfig {
  const { SESSION_STRATEGY, DATA_DIR, HOST, PORT } = environment;
  return {
    ...DEFAULT_CONFIG,
    ...(SESSION_STRATEGY && { strategy: readStrategy(SESSION_STRATEGY) }),
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

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return Number(text);
  throw new Error(`PORT: expected a number from 0 to ${MAX_PORT}, got ${JSON.stringify(text)}`);
}
