// A change of an object on its way to a page. Messages to a webview are JSON, in which what is undefined is dropped:
// what a change takes away is named apart, or the page would go on showing it.

/** Parts of a state that have new values, and the names of those that are gone. */
export interface StateChange<T> {
  part: Partial<T>;
  gone: (keyof T)[];
}

/** Makes a message of parts; what is undefined in them is gone. */
export function changeOf<T extends object>(part: Partial<T>): StateChange<T> {
  const keys = Object.keys(part) as (keyof T)[];
  return { part, gone: keys.filter((key) => part[key] === undefined) };
}

/** The state after a change. */
export function withChange<T extends object>(
  state: T,
  { part, gone }: StateChange<T>,
): T {
  const cleared = Object.fromEntries(gone.map((key) => [key, undefined]));
  return { ...state, ...part, ...cleared };
}
