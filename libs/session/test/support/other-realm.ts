import { createContext, runInContext } from 'node:vm';

const context = createContext({});

/** Evaluates an expression in a realm of its own, whose `Date` and `Uint8Array` are not the test's. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the expression is
export function inOtherRealm(expression: string): any {
  return runInContext(`(${expression})`, context);
}
