import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../../core/errors.js';
import { SessionTransport } from './session-transport.js';

/** A request of Express, of Fastify, or of node:http. */
interface HttpRequest {
  readonly headers: { readonly authorization?: string };
  readonly rawHeaders?: readonly string[];
  readonly raw?: { readonly rawHeaders?: readonly string[] };
}

/** The scheme is case-insensitive (RFC 9110 §11.1); what follows it is the token, and its codec's to judge. */
const BEARER = /^bearer(?: +|$)/i;

/** `Authorization: Bearer <token>` (RFC 6750 §2.1), never the URL. Another scheme is no credential of ours. */
@Injectable()
export class BearerTransport extends SessionTransport {
  read(request: HttpRequest): string | undefined {
    // Node keeps the first of several Authorization headers and drops the rest without a word.
    const raw = request.rawHeaders ?? request.raw?.rawHeaders ?? [];
    if (raw.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length > 1) {
      throw new InvalidInputError('Authorization: expected one header, got several');
    }
    const header = request.headers.authorization;
    const scheme = header === undefined ? null : BEARER.exec(header);
    return scheme === null ? undefined : header!.slice(scheme[0].length);
  }
}
