import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { BadRequestException, PayloadTooLargeException, UnsupportedMediaTypeException } from '@nestjs/common';

/**
 * The body of a request, piece by piece.
 *
 * @throws PayloadTooLargeException beyond the limit. The rest is then discarded as it comes, since a client that is
 * still sending would not read an answer on a connection that was cut.
 */
export async function* readBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  try {
    refuseEncoded(request);
    refuseAnnounced(request, maxBytes);
    let bytes = 0;
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw asRefusal(error);
  } finally {
    request.resume();
  }
}

/**
 * The body of a request as a whole. For the small ones of login and refresh an iterator costs more than the rest of
 * reading and parsing.
 *
 * @throws as {@link readBody} does.
 */
export async function readWholeBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    refuseEncoded(request);
    refuseAnnounced(request, maxBytes);
    await new Promise<void>((resolve, reject) => {
      request.on('data', (chunk: Uint8Array) => {
        bytes += chunk.length;
        if (bytes <= maxBytes) chunks.push(chunk);
        else reject(tooLarge(maxBytes));
      });
      finished(request, { writable: false }, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    throw asRefusal(error);
  } finally {
    request.resume();
  }
  return Buffer.concat(chunks);
}

function refuseAnnounced({ headers }: IncomingMessage, maxBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/** Of an end before the end, what the sender did; anything else as it is. */
function asRefusal(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ECONNRESET' && code !== 'ERR_STREAM_PREMATURE_CLOSE') return error;
  return new BadRequestException('The body was cut short', { cause: error });
}

/** A compressed body could be far larger than its limit. */
function refuseEncoded(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  throw new UnsupportedMediaTypeException('Content-Encoding: expected none');
}

function tooLarge(maxBytes: number): PayloadTooLargeException {
  return new PayloadTooLargeException(`The body may have ${maxBytes} bytes at most`);
}
