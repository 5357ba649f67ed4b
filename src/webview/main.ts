// The page of the fine-tuning panel: receives the host's state, draws it, and answers with what the person does.

import { render } from "preact";
import type {
  PanelHostContract,
  PanelPageContract,
  PanelState,
} from "../protocol/panel";
import { isAtWork } from "../common/runState";
import { withChange } from "../common/stateChange";
import type { PanelWords } from "../words/panelWords";
import { Rpc, type WireMessage } from "../protocol/rpc";
import { drawLosses, redrawCharts } from "./lossChart";
import { pageView } from "./page";
import { progressAfter } from "./runView";
import { firstUiState, type UiState } from "./view";

/** What VS Code gives to a page, once. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();
const root = document.getElementById("root");
if (!root) throw new Error("Cannot draw the panel: its page has no root");

let state: PanelState | undefined;
/** When the run last said how far it is, by this page's clock. */
let reportedAtMs = 0;
let words: PanelWords | undefined;
let ui: UiState = { ...firstUiState, ...(vscode.getState() as UiState | null) };

const rpc = new Rpc<PanelPageContract, PanelHostContract<PanelWords>>(
  (message) => vscode.postMessage(message),
  {},
  {
    changed: (change) => {
      if (!state) return;
      const before = state;
      state = withChange(state, change);
      const isReport =
        JSON.stringify(state.run?.progress) !==
        JSON.stringify(before.run?.progress);
      if (isReport || state.run?.state.kind !== before.run?.state.kind) {
        reportedAtMs = performance.now();
      }
      draw();
      leadTo(newsSince(before, state));
      if (state.notice !== before.notice) showNotice();
    },
  },
);
// VS Code sends messages from the extension alone into this page; frames that it might hold are kept out by its policy.
window.addEventListener("message", (event: MessageEvent<WireMessage>) =>
  rpc.receive(event.data),
);
new MutationObserver(redrawCharts).observe(document.body, {
  attributes: true,
  attributeFilter: ["class", "data-vscode-theme-id"],
});

void rpc.request("open", null).then((opened) => {
  ({ state, words } = opened);
  reportedAtMs = performance.now();
  draw();
});

/** The title of what has just come up in place of what the person pressed. */
function newsSince(before: PanelState, after: PanelState): string | undefined {
  if (after.run && !before.run) return "run-title";
  if (after.answer && !before.answer) return "answer-title";
  if (before.run && !after.run && isLost()) return "start-title";
  const hasFewer = after.adapters.length < before.adapters.length;
  return hasFewer && isLost() ? "adapters-title" : undefined;
}

/** A notice stands at the top, and the page may have been scrolled away from there. */
function showNotice(): void {
  const notice = document.querySelector(".notice");
  notice?.scrollIntoView({ block: "nearest" });
}

/** What had the keyboard is gone from the page. */
function isLost(): boolean {
  return document.activeElement === document.body;
}

/** The button that was pressed may be gone: the keyboard and the eyes go where things go on. */
function leadTo(titleId: string | undefined): void {
  if (titleId === undefined) return;
  const title = document.getElementById(titleId);
  // A run ends while its person writes elsewhere: the keyboard is not taken from there.
  if (document.hasFocus()) title?.focus();
  title?.scrollIntoView({ block: "start" });
}

/** Between two reports of a run its clock goes on. */
setInterval(() => {
  if (state?.run && isAtWork(state.run.state)) draw();
}, 1000);

/** The state with the run's clock as it stands now. */
function stateNow(current: PanelState): PanelState {
  const { run } = current;
  if (!run?.progress || !isAtWork(run.state)) return current;
  const seconds = (performance.now() - reportedAtMs) / 1000;
  const progress = progressAfter(run.progress, seconds);
  return { ...current, run: { ...run, progress } };
}

function draw(): void {
  if (!state || !words || !root) return;
  const page = pageView({
    state: stateNow(state),
    ui,
    words,
    locale: document.documentElement.lang || "en",
    act: (action) => {
      // A refused action comes back to the person as a notice in the state.
      rpc.request("act", action).catch(() => undefined);
    },
    change: (part, { toRow = false } = {}) => {
      ui = { ...ui, ...part };
      vscode.setState(ui);
      draw();
      if (toRow) document.querySelector<HTMLElement>(".row.current")?.focus();
    },
    drawLosses,
  });
  render(page, root);
}
