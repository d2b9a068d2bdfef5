/** Where a request carries its credential: the one interface that knows. */
export abstract class SessionTransport {
  /**
   * The credential as it was sent, or `undefined` if the request carries none. Whether it is any good is not judged
   * here.
   *
   * @throws InvalidInputError for more than one credential (400, RFC 6750 §2).
   */
  abstract read(request: unknown): string | undefined;
}
