/** The same members, to be filled in before they are frozen. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
