/** Decides whether a login may go ahead: the one thing that the login route asks of the application. */
export abstract class Credentials {
  abstract areGood(username: string, password: string): Promise<boolean>;
}
