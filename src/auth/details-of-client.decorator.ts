import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { SessionDetails } from 'nestjs-session-manager';

/** Enough to tell browsers apart, and far from what the library takes at most. */
const MAX_USER_AGENT = 256;

interface ClientRequest {
  readonly ip?: string;
  readonly headers: { readonly 'user-agent'?: string };
}

/** What helps a user to recognise the session that this request begins. */
export const DetailsOfClient = createParamDecorator(
  (_: unknown, context: ExecutionContext): SessionDetails => {
    const { ip, headers } = context.switchToHttp().getRequest<ClientRequest>();
    return { userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT), ip };
  },
);
