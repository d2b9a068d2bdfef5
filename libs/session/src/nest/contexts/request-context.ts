import type { ArgumentsHost } from '@nestjs/common';
import type { SessionError } from '../../core/errors.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { GuardSettings } from '../settings.js';
import type { RefusalDisclosure } from './http/http-errors.js';

/** A connection that outlasts the message which it was opened for. */
export interface LastingConnection {
  /** Closes it. */
  close(end: { readonly code: number; readonly text: string }): void;
  /** Calls `listener` when it has closed, by whomever. */
  onceClosed(listener: () => void): void;
}

/** What guards, decorators and the filter need of a context, whatever its kind. */
export interface RequestContext {
  /** What a transport reads the credential from. */
  readonly request: object;
  /** What carries the session from the guard on to the handler: over HTTP the request itself. */
  readonly carrier: object;
  /**
   * What the handlers share that have this carrier, where it can have several: a request, whose credential is judged once
   * for all of them, or a connection, which may outlast its session, so that each judges anew.
   */
  readonly shared?: 'request' | 'connection';
  /** What stays open after this, where something does. */
  readonly lasting?: LastingConnection;
  /** Whether a parameter that is missing is the developer's mistake, since no sender decides which there are. */
  readonly declaresParameters?: boolean;
  /** What the sender gave by that name, of whatever type, or `undefined`: it names the dataset of `@RequireDataset()`. */
  parameter(name: string): unknown;
  /** What is to be mended, if no credential can be read here however the sender offers it: everyone is refused then. */
  unreadable?(settings: GuardSettings): string | undefined;
  /**
   * The credential in a place that this kind itself has for it, beside those that a transport reads. It is its client's own
   * doing, so that no rule on other sites applies.
   *
   * @throws InvalidInputError for two that differ.
   */
  offered?(settings: GuardSettings): MaybePromise<string | undefined>;
  /** Told of the credential that let the request in, before its handler runs. */
  admitted?(credential: string): void;
  /** What to throw so that the error arrives as one; a promise, if its class has to be loaded first. */
  exceptionFor(error: SessionError, disclosure?: RefusalDisclosure): MaybePromise<Error>;
}

/** Reads contexts of one kind; `undefined` if there is no request behind one, which is refused then. */
export type ContextReader = (host: ArgumentsHost) => RequestContext | undefined;
