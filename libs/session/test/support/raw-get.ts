import { request } from 'node:http';

/** The status of a GET with exactly these headers, some of which may come twice: fetch would join them. */
export function rawGet(url: string, path: string, headers: readonly [string, string][]): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url + path,
      { headers: ['Host', new URL(url).host, ...headers.flat()] },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode!));
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
