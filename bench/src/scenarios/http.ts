import { HttpServer } from '../contestants/http-server.js';
import { scaled, type Scenario } from '../harness/contest.js';
import { SERVER_MICROSECONDS } from '../harness/cpu-time-of.js';
import { serverNames } from '../servers/index.js';
import type { Platform } from '../servers/server.js';

export const httpFastify = http('fastify');
export const httpExpress = http('express');

function http(platform: Platform): Scenario {
  return {
    name: `http-${platform}`,
    operation: `answer a guarded request of one of 200 users, over 16 kept-alive connections, on Nest and ${platform}`,
    async open(effort) {
      const operations = scaled(2_000, effort);
      const servers = await Promise.all(
        serverNames(platform).map((name) => HttpServer.start(name, platform)),
      );
      return {
        operations,
        unit: SERVER_MICROSECONDS,
        rounds: 20,
        contestants: servers.map((server) => server.contestant(operations)),
        close: () => {
          for (const server of servers) server.stop();
        },
      };
    },
  };
}
