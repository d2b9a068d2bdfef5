import { EventEmitter } from 'node:events';

/** What a polluted prototype would change: jest's realm, in which the tests run, and Node's own, which serves HTTP. */
const PROTOTYPES: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Number.prototype,
  Promise.prototype,
  Map.prototype,
  Error.prototype,
  Object.getPrototypeOf(EventEmitter.prototype),
  Object.getPrototypeOf(EventEmitter),
  Object.getPrototypeOf(process.argv),
];

/** The own members of every prototype that everything inherits from: equal before and after whatever came. */
export function prototypeMembers(): (readonly PropertyKey[])[] {
  return PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype));
}
