// A change of the panel's state on its way to a page. Messages to a webview are JSON, in which what is undefined is
// dropped: what a change takes away is named apart, or the page would go on showing it.

import type { PanelChange, PanelState } from "./panel";

/** Makes a message of parts; what is undefined in them is gone. */
export function changeOf(part: Partial<PanelState>): PanelChange {
  const keys = Object.keys(part) as (keyof PanelState)[];
  return { part, gone: keys.filter((key) => part[key] === undefined) };
}

/** The state after a change. */
export function withChange(
  state: PanelState,
  { part, gone }: PanelChange,
): PanelState {
  const cleared = Object.fromEntries(gone.map((key) => [key, undefined]));
  return { ...state, ...part, ...cleared };
}
