import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Where a guide names a port of its own. */
const WRITTEN_PORT = /(?<=localhost:|127\.0\.0\.1:|listen\()\d+/g;

/** Below the ports that systems give to outgoing connections, so that none of those takes one in the meantime. */
const [LOWEST, HIGHEST] = [10_000, 32_000];

/** A guide on ports that nothing else uses. */
export interface GuideOnFreePorts {
  readonly markdown: string;
  readonly ports: readonly number[];
}

/**
 * Replaces each port that the guide names wherever its number stands: in files, commands and output.
 * A variable PORT would do for programs that read one, but then every first program would have to.
 */
export async function onFreePorts(markdown: string): Promise<GuideOnFreePorts> {
  const ports: number[] = [];
  let text = markdown;
  for (const written of new Set(markdown.match(WRITTEN_PORT))) {
    const port = await freePort(ports);
    ports.push(port);
    text = text.replace(new RegExp(`\\b${written}\\b`, 'g'), String(port));
  }
  return { markdown: text, ports };
}

/** How many of these ports have a server that listens. */
export async function countListening(ports: readonly number[]): Promise<number> {
  return (await Promise.all(ports.map(listens))).filter(Boolean).length;
}

async function freePort(taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, 'localhost');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
