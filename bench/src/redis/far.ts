import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const PROXY = new URL('./proxy-thread.js', import.meta.url);

/** A way to a server that is far off. */
export interface FarWay {
  readonly port: number;
  readonly close: () => void;
}

/** @param delay milliseconds each way. */
export async function farFrom(port: number, delay: number): Promise<FarWay> {
  const thread = new Worker(PROXY, { workerData: { port, delay } });
  const [itsPort] = (await once(thread, 'message')) as [number];
  return { port: itsPort, close: () => void thread.terminate() };
}
