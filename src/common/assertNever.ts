/** Ends a `switch` over a union whose cases are all handled; throws when data from outside breaks that promise. */
export function assertNever(value: never): never {
  throw new TypeError(`Cannot handle ${JSON.stringify(value)}: unknown kind`);
}
