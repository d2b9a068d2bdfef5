/** Decides whether a login may go ahead: the one thing that the login route asks of the application. */
export abstract class Credentials {
  /**
   * @param signal gives up what has not begun: whoever asked has gone.
   * @throws QueueFullError if too many logins wait already.
   * @throws the signal's reason.
   */
  abstract areGood(username: string, password: string, signal?: AbortSignal): Promise<boolean>;
}
