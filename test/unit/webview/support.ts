// A page's view over some state, and what was asked of it.
import type { ComponentChildren } from "preact";
import { firstState } from "../../../src/panel/panelModel";
import type { PanelAction, PanelState } from "../../../src/protocol/panel";
import type { PanelWords } from "../../../src/words/panelWords";
import {
  firstUiState,
  type UiState,
  type View,
} from "../../../src/webview/view";

/** Words that name themselves, with their places. */
const words = new Proxy({} as PanelWords, {
  get: (_, name) => `${String(name)} {0} {1} {2} {3} {4}`,
});

/** A view with the asked actions and changes of the page's own state. */
export function viewOf(
  part: Partial<PanelState> = {},
  ui: Partial<UiState> = {},
): View & { actions: PanelAction[]; changes: Partial<UiState>[] } {
  const actions: PanelAction[] = [];
  const changes: Partial<UiState>[] = [];
  return {
    state: { ...firstState({ workspace: "project", saved: {} }), ...part },
    ui: { ...firstUiState, ...ui },
    words,
    locale: "en",
    act: (action) => actions.push(action),
    change: (change) => changes.push(change),
    drawLosses: () => {},
    actions,
    changes,
  };
}

/** An element as a view makes it; handlers stand among its attributes. */
export interface Element {
  type: string;
  props: Record<string, unknown> & { children?: ComponentChildren };
}

/** All text in a tree, as a reader would hear it. */
export function textOf(node: ComponentChildren): string {
  if (Array.isArray(node)) return node.map(textOf).join(" ");
  if (isElement(node)) return textOf(node.props.children);
  return typeof node === "string" ? node : "";
}

/** All elements of a tree for which something holds, in the order of reading. */
export function findAll(
  node: ComponentChildren,
  isWanted: (element: Element) => boolean,
): Element[] {
  if (Array.isArray(node)) {
    const children: ComponentChildren[] = node;
    return children.flatMap((each) => findAll(each, isWanted));
  }
  if (!isElement(node)) return [];
  const below = findAll(node.props.children, isWanted);
  return isWanted(node) ? [node, ...below] : below;
}

/** The buttons whose words begin with some. */
export function buttonsOf(node: ComponentChildren, name: string): Element[] {
  return findAll(node, ({ type }) => type === "button").filter((button) =>
    textOf(button as ComponentChildren).startsWith(name),
  );
}

/** Has an element do what it does when something happens to it. */
export function trigger(
  element: Element | undefined,
  handler: string,
  event: object = {},
): void {
  (element?.props[handler] as ((event: object) => void) | undefined)?.(event);
}

function isElement(node: unknown): node is Element {
  return typeof node === "object" && node !== null && "props" in node;
}
