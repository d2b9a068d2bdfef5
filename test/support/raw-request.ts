import { request } from 'node:http';

/** The status of a request whose Authorization header is sent once for each value. */
export function statusOf(url: string, method: string, authorization: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    // As a flat list, since Node's types know no second Authorization.
    const headers = authorization.flatMap((value) => ['Authorization', value]);
    request(url, { method, headers: ['Host', new URL(url).host, ...headers] }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

/** The status of a request whose path goes out as it is written, which clients otherwise tidy up first. */
export function statusOfPath(url: string, method: string, path: string, token: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request({ hostname, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
