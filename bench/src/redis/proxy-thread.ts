import { parentPort, workerData } from 'node:worker_threads';
import { DelayingProxy } from './delaying-proxy.js';

/** A thread of the proxy's own: in that of the contestants each would wait for the other. */
const { port, delay } = workerData as { port: number; delay: number };
const proxy = await DelayingProxy.to(port, delay);
parentPort!.postMessage(proxy.port);
