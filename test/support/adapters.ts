import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

export type MakeAdapter = () => AbstractHttpAdapter;

/** For `describe.each`: every promise holds on both. */
export const ADAPTERS: readonly (readonly [name: string, make: MakeAdapter])[] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];
