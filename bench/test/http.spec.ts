import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import {
  createServer as createRawServer,
  type AddressInfo,
  type Server as RawServer,
  type Socket,
} from 'node:net';
import type { Contestant } from '../src/harness/contest.js';
import { cpuTimeOf } from '../src/harness/cpu-time-of.js';
import { measure } from '../src/harness/measure.js';
import { OPEN_TO_ALL, type Admission } from '../src/servers/server.js';
import { Connection, getRequest, type Answer } from '../src/workload/connection.js';
import { proveGuarded } from '../src/workload/http-proofs.js';
import { payVisits } from '../src/workload/visits.js';

describe('cpuTimeOf', () => {
  it("counts another process's user and system time, in microseconds per operation", async () => {
    const usages = [
      { user: 1_000, system: 500 },
      { user: 4_000, system: 1_500 },
    ];
    const stop = await cpuTimeOf(async () => usages.shift()!)();
    expect(await stop(100)).toBe(40);
  });
});

/** Each once the one before has left. */
function writeOneByOne(socket: Socket, [piece, ...rest]: readonly string[]): void {
  if (piece !== undefined) socket.write(piece, () => setTimeout(writeOneByOne, 1, socket, rest));
}

describe('Connection', () => {
  let server: Server | RawServer;
  let connection: Connection;

  async function connectTo(listening: Server | RawServer): Promise<void> {
    server = listening;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    connection = await Connection.open((server.address() as AddressInfo).port);
  }

  afterEach(() => {
    connection.close();
    server.close();
  });

  it('asks over and over on one connection, and tells status and body', async () => {
    let connections = 0;
    const http = createServer(({ url, headers }, response) => {
      const body = `${url} ${headers.authorization}`;
      response.writeHead(url === '/teapot' ? 418 : 200, { 'content-length': body.length }).end(body);
    });
    http.on('connection', () => connections++);
    await connectTo(http);
    expect(await connection.ask(getRequest('/a', { authorization: 'Bearer 1' }))).toEqual({
      status: 200,
      body: '/a Bearer 1',
    });
    expect(await connection.ask(getRequest('/teapot', { authorization: 'Bearer 2' }))).toEqual({
      status: 418,
      body: '/teapot Bearer 2',
    });
    expect(connections).toBe(1);
  });

  it('waits for the whole of an answer that comes in pieces', async () => {
    const pieces = ['HTTP/1.1 200 OK\r\ncontent-le', 'ngth: 5\r\n\r', '\nhe', 'llo'];
    await connectTo(
      createRawServer((socket) => {
        socket.setNoDelay();
        socket.on('data', () => {
          writeOneByOne(socket, pieces);
        });
      }),
    );
    expect(await connection.ask(getRequest('/', {}))).toEqual({ status: 200, body: 'hello' });
  });

  it('refuses an answer whose length is not told', async () => {
    await connectTo(
      createServer((_, response) => {
        response.write('chunked');
        response.end();
      }),
    );
    await expect(connection.ask(getRequest('/', {}))).rejects.toThrow('An answer without a length');
  });

  it('fails what waits, and what comes after, when the server closes', async () => {
    await connectTo(createRawServer((socket) => socket.on('data', () => socket.destroy())));
    await expect(connection.ask(getRequest('/', {}))).rejects.toThrow();
    await expect(connection.ask(getRequest('/', {}))).rejects.toThrow();
  });
});

describe('payVisits', () => {
  let server: Server;
  let connections: Connection[];
  let broken: string | undefined;
  const asked: string[] = [];

  const visits = ['/a', '/b', '/c'].map((path) => ({
    request: getRequest(path, {}),
    answer: { status: 200, body: `${path}!` },
  }));

  beforeEach(async () => {
    asked.length = 0;
    broken = undefined;
    server = createServer(({ url }, response) => {
      asked.push(url!);
      const body = url === broken ? 'wrong' : `${url}!`;
      response.writeHead(200, { 'content-length': body.length }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    connections = await Promise.all([Connection.open(port), Connection.open(port)]);
  });

  afterEach(() => {
    for (const connection of connections) connection.close();
    server.close();
  });

  it('pays exactly as many as asked for, each in its turn', async () => {
    expect(await payVisits(connections, visits, 7)).toBe(7);
    expect(asked.toSorted().join('')).toBe('/a/a/a/b/b/c/c');
  });

  it('ends the run at an answer that is wrong, however right its status', async () => {
    const contestant: Contestant = { name: 'leaky', prepare: () => () => payVisits(connections, visits, 6) };
    broken = '/b';
    await expect(
      measure({ operations: 6, contestants: [contestant] }, { warmUps: 0, rounds: 1 }),
    ).rejects.toThrow('leaky: 4 of 6 operations ended as they should');
  });

  it('ends the run at a status that is wrong, however right its body', async () => {
    const teapots = visits.map(({ request, answer }) => ({ request, answer: { ...answer, status: 418 } }));
    expect(await payVisits(connections, teapots, 6)).toBe(0);
  });
});

describe('proveGuarded', () => {
  const admission: Admission = {
    admitted: [{ username: 'alice', headers: { key: 'genuine' } }],
    refused: { forged: { key: 'forged' }, expired: { key: 'expired' } },
  };

  /** Answers by the key, and 401 where it has no answer. */
  function guard(statuses: Readonly<Record<string, number>>) {
    return async ({ key = 'missing' }: Readonly<Record<string, string>>): Promise<Answer> => ({
      status: statuses[key] ?? 401,
      body: '',
    });
  }

  it('lets a server through that opens for the genuine credential alone', async () => {
    await proveGuarded('strict', admission, guard({ genuine: 200, forged: 403 }));
  });

  it('ends the run for one that refuses it', async () => {
    await expect(proveGuarded('deaf', admission, guard({}))).rejects.toThrow(
      'deaf answers a genuine credential with 401',
    );
  });

  it.each(['missing', 'forged', 'expired'])(
    'ends the run for one that opens for what is %s',
    async (kind) => {
      await expect(proveGuarded('lax', admission, guard({ genuine: 200, [kind]: 200 }))).rejects.toThrow(
        `lax answers a credential that is ${kind} with 200`,
      );
    },
  );

  it('ends the run for one that breaks instead of refusing', async () => {
    await expect(proveGuarded('frail', admission, guard({ genuine: 200, forged: 500 }))).rejects.toThrow(
      'frail answers a credential that is forged with 500',
    );
  });

  it('asks no more of one that is open to all', async () => {
    await proveGuarded('open', { ...admission, refused: OPEN_TO_ALL }, async () => ({
      status: 200,
      body: '',
    }));
  });
});
