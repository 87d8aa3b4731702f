/** The same with fields that may be written, while it is made. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
