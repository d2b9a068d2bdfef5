import { applyDecorators, Header } from '@nestjs/common';

/** For handlers that answer with a token: no cache may keep it (RFC 6749 §5.1). */
export const NoStore = () =>
  applyDecorators(Header('Cache-Control', 'no-store'), Header('Pragma', 'no-cache'));
