// The page of the counters: receives figures from the host, draws them, and asks for what the person wants.

import { render } from "preact";
import type {
  CountersHostContract,
  CountersPageContract,
  CountersState,
} from "../../protocol/counters";
import { Rpc, type WireMessage } from "../../protocol/rpc";
import type { CountersWords } from "../../words/countersWords";
import { fill } from "../view";
import { countersView } from "./countersView";

/** What VS Code gives to a page, once. */
declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const vscode = acquireVsCodeApi();
const root = document.getElementById("root");
if (!root) throw new Error("Cannot draw the counters: their page has no root");

let state: CountersState | undefined;
let words: CountersWords | undefined;
/** What came of the last button. */
let news = "";

const rpc = new Rpc<CountersPageContract, CountersHostContract<CountersWords>>(
  (message) => vscode.postMessage(message),
  {},
  {
    changed: (changed) => {
      state = changed;
      draw();
    },
  },
);
// VS Code sends messages from the extension alone into this page; frames that it might hold are kept out by its policy.
window.addEventListener("message", (event: MessageEvent<WireMessage>) =>
  rpc.receive(event.data),
);

void rpc.request("open", null).then((opened) => {
  ({ state, words } = opened);
  draw();
});

async function copy({ copied }: CountersWords): Promise<void> {
  const numDays = await rpc.request("copy", null);
  news = fill(copied, numDays.toLocaleString(locale()));
  draw();
}

/** VS Code's dialog gives the keyboard back to the page, and not to what was pressed in it, which may be gone. */
async function reset(): Promise<void> {
  const pressed = document.activeElement as HTMLElement | null;
  await rpc.request("reset", null);
  const next = pressed?.isConnected
    ? pressed
    : document.getElementById("empty-title");
  next?.focus();
}

function locale(): string {
  return document.documentElement.lang || "en";
}

function draw(): void {
  if (!state || !words || !root) return;
  const known = words;
  const page = countersView({
    state,
    words,
    locale: locale(),
    news,
    copy: () => void copy(known),
    reset: () => void reset(),
    write: () => void rpc.request("write", null),
  });
  render(page, root);
}
