// What every view is handed: the host's state, the page's own, the words, and how to answer.

import {
  h,
  type ComponentChild,
  type InputHTMLAttributes,
  type JSX,
  type TargetedEvent,
} from "preact";
import type { LossPoint, PanelAction, PanelState } from "../protocol/panel";
import type { PanelWords } from "../words/panelWords";

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
  act(action: PanelAction): void;
  /** `toRow` leads the keyboard to the tree's current row. */
  change(ui: Partial<UiState>, options?: { toRow?: boolean }): void;
  /** Draws the curves of the loss into an element, and anew with more points. */
  drawLosses(element: HTMLElement, input: LossChartInput): void;
}

/** What the curves of the loss are drawn from. */
export interface LossChartInput {
  training: LossPoint[];
  heldOut: LossPoint[];
  words: { training: string; heldOut: string; step: string; loss: string };
}

/** Documents and settings are fixed while a run or an estimate is under way. */
export function isChoosing({ state }: View): boolean {
  return state.phase === "choosing" && !state.run;
}

/** Puts values into `{0}`, `{1}` ... of a sentence. */
export function fill(sentence: string, ...values: (string | number)[]): string {
  return sentence.replace(/\{(\d+)\}/g, (place, index: string) =>
    String(values[Number(index)] ?? place),
  );
}

/** An element that has a class and children only. */
export function box(name: string, ...children: ComponentChild[]): JSX.Element {
  return h("div", { class: name }, children);
}

/** A field for text; what the host says of it comes in only while the person is not in it. */
export function textField({
  value,
  onText,
  ...props
}: InputHTMLAttributes & {
  id: string;
  value: string;
  onText: (text: string) => void;
}): JSX.Element {
  return h("input", {
    ...props,
    type: "text",
    onInput: (event: TargetedEvent<HTMLInputElement>) =>
      onText(event.currentTarget.value),
    ref: (input: HTMLInputElement | null) => {
      if (!input || input === input.ownerDocument.activeElement) return;
      if (input.value !== value) input.value = value;
    },
  });
}

/** A box or a round button to be switched on. */
export function checkField(
  type: "checkbox" | "radio",
  {
    onToggle,
    ...props
  }: {
    checked: boolean;
    name?: string;
    disabled?: boolean;
    onToggle: (isOn: boolean) => void;
  },
): JSX.Element {
  return h("input", {
    ...props,
    type,
    onChange: (event: TargetedEvent<HTMLInputElement>) =>
      onToggle(event.currentTarget.checked),
  });
}

const watched = new WeakSet<HTMLElement>();

/** For a `ref`: Tab stops at an element only while it is wider than its place, so that keys can scroll it. */
export function stopWhereScrolled(element: HTMLElement | null): void {
  if (!element || watched.has(element)) return;
  watched.add(element);
  const judge = () => {
    const isWider = element.scrollWidth > element.clientWidth;
    element.tabIndex = isWider ? 0 : -1;
  };
  new ResizeObserver(judge).observe(element);
  judge();
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
): JSX.Element {
  return h(
    "button",
    {
      key,
      type: "button",
      class: isPrimary ? "primary" : "secondary",
      disabled: isDisabled,
      "aria-label": name,
      onClick,
    },
    label,
  );
}
