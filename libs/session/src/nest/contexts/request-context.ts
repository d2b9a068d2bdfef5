import type { ArgumentsHost } from '@nestjs/common';
import type { SessionError } from '../../core/errors.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { RefusalDisclosure } from './http/http-errors.js';

/** What guards, decorators and the filter need of a context, whatever its kind. */
export interface RequestContext {
  /** What a transport reads the credential from. */
  readonly request: object;
  /** What carries the session from the guard on to the handler: over HTTP the request itself. */
  readonly carrier: object;
  /** What the sender gave by that name, of whatever type, or `undefined`: it names the dataset of `@RequireDataset()`. */
  parameter(name: string): unknown;
  /** Told of the credential that let the request in, before its handler runs. */
  admitted?(credential: string): void;
  /** What to throw so that the error arrives as one; a promise, if its class has to be loaded first. */
  exceptionFor(error: SessionError, disclosure?: RefusalDisclosure): MaybePromise<Error>;
}

/** Reads contexts of one kind; `undefined` if there is no request behind one, which is refused then. */
export type ContextReader = (host: ArgumentsHost) => RequestContext | undefined;
