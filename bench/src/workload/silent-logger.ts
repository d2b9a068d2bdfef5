import type { SessionLogger } from 'nestjs-session-manager';

/** Nothing is measured beside the console. */
export const silent: SessionLogger = { debug: ignore, log: ignore, warn: ignore, error: ignore };

function ignore(): void {}
