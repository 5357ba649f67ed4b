// A page's view over some state, and what was asked of it.
import { firstState } from "../../../src/panel/panelModel";
import type { PanelAction, PanelState } from "../../../src/protocol/panel";
import type { PanelWords } from "../../../src/words/panelWords";
import {
  firstUiState,
  type UiState,
  type View,
} from "../../../src/webview/view";
import {
  findAll,
  textOf,
  type VElement,
  type VNode,
} from "../../../src/webview/vnode";

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
    isTreeFocused: false,
    act: (action) => actions.push(action),
    change: (change) => changes.push(change),
    actions,
    changes,
  };
}

/** The buttons whose words begin with some. */
export function buttonsOf(nodes: VNode | VNode[], name: string): VElement[] {
  return [nodes]
    .flat()
    .flatMap((node) => findAll(node, ({ tag }) => tag === "button"))
    .filter((button) => textOf(button).startsWith(name));
}
