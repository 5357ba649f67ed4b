// What every view is handed: the host's state, the page's own, the words, and how to answer.

import type { PanelAction, PanelState } from "../protocol/panel";
import type { PanelWords } from "../words/panelWords";
import { h, type VElement } from "./vnode";

/** What the page keeps for itself, through hiding and reload. */
export interface UiState {
  /** Paths of the folders that are open in the tree; "" is the workspace. */
  expanded: string[];
  /** The row of the tree that Tab leads to. */
  row: string;
  isSettingsOpen: boolean;
  isRulesOpen: boolean;
  /** Adapters marked for comparison, two at the most. */
  compared: string[];
}

/** How a page begins. */
export const firstUiState: UiState = {
  expanded: [""],
  row: "",
  isSettingsOpen: false,
  isRulesOpen: false,
  compared: [],
};

/** All that a view may look at and do. */
export interface View {
  state: PanelState;
  ui: UiState;
  words: PanelWords;
  /** BCP 47, for figures. */
  locale: string;
  /** The keyboard is in the tree, so the row may take the focus. */
  isTreeFocused: boolean;
  act(action: PanelAction): void;
  change(ui: Partial<UiState>, options?: { isTreeFocused?: boolean }): void;
}

/** Puts values into `{0}`, `{1}` ... of a sentence. */
export function fill(sentence: string, ...values: (string | number)[]): string {
  return sentence.replace(/\{(\d+)\}/g, (place, index: string) =>
    String(values[Number(index)] ?? place),
  );
}

/** A button that asks the host for something. */
export function button(
  label: string,
  onClick: () => void,
  {
    isPrimary = false,
    isDisabled = false,
    name,
    key = `button:${label}`,
  }: {
    isPrimary?: boolean;
    isDisabled?: boolean;
    name?: string;
    /** Of two buttons that take each other's place, so that the keyboard stays where it is. */
    key?: string;
  } = {},
): VElement {
  return h(
    "button",
    {
      key,
      attributes: {
        type: "button",
        class: isPrimary ? "primary" : "secondary",
        disabled: isDisabled,
        "aria-label": name,
      },
      onClick,
    },
    label,
  );
}
