import type { IncomingMessage } from 'node:http';
import { BadRequestException, PayloadTooLargeException, UnsupportedMediaTypeException } from '@nestjs/common';

/**
 * The body of a request, piece by piece.
 *
 * @throws PayloadTooLargeException beyond the limit. The rest is then discarded as it comes, since a client that is
 * still sending would not read an answer on a connection that was cut.
 */
export async function* readBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  refuseEncoded(request);
  let bytes = 0;
  try {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') {
      throw new BadRequestException('The body was cut short', { cause: error });
    }
    throw error;
  } finally {
    request.resume();
  }
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
