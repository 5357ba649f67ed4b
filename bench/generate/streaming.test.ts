// Types above a text that is being generated, and without one, in the real extension host, and reports how long each key
// took and how long the event loop was delayed: whether a generation blocks the editor.
// npm run bench:generate
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import {
  activateInkling,
  closeAll,
  openDocument,
  until,
  withSetting,
} from "../../test/vscode/support";
import { report } from "../report";
import { LoopDelay } from "../soak/loopDelay";
import { OwnSections } from "../soak/ownSections";
import { quantile } from "../../src/common/statistics";

const KEY_GAP_MS = 120;
const KEYS_PER_ROUND = 100;
/** Each with and without a generation in turns, so that the machine's other load falls on both. */
const NUM_ROUNDS = 4;
const TYPED = "The boats lie in the harbour and wait for the tide to rise. ";
const PARAGRAPH = "The harbour lies behind a long wall of grey stone.";
const prompts = [
  {
    name: "A long story",
    prompt:
      "Write a long story with many chapters that begins with: ${selection}",
  },
];

/** What was measured of one kind of round. */
interface Figures {
  keyMs: number[];
  loopDelay: LoopDelay;
}

suite("typing while a text is generated", () => {
  test("the time of keys and the event loop's delay are reported", async function () {
    this.timeout(12 * 60_000);
    const inkling = await activateInkling();
    await openDocument("# Notes\n\n[|]");
    await until("the model", () => inkling.workerState() === "ready");
    const alone = newFigures();
    const generating = newFigures();
    const profiled = newFigures();
    const ownSections = new OwnSections((url) =>
      /[\\/]dist[\\/]extension\.js$/.test(url),
    );
    await withLongTexts(async () => {
      for (let round = 0; round < NUM_ROUNDS; round++) {
        await typeInDocument(alone, { isGenerating: false });
        await typeInDocument(generating, { isGenerating: true });
      }
      // By itself, since the profiler costs time.
      await ownSections.start();
      await typeInDocument(profiled, { isGenerating: true });
      await ownSections.stop();
    });
    ownSections.dispose();
    report({
      alone: summary(alone),
      generating: summary(generating),
      profiled: summary(profiled),
      ownSections: {
        count: ownSections.count,
        longest: ownSections.longest,
      },
    });
  });
});

function newFigures(): Figures {
  return { keyMs: [], loopDelay: new LoopDelay() };
}

async function withLongTexts(callback: () => Promise<void>): Promise<void> {
  const maxTokens = { key: "inkling.generation.maxTokens", value: 4000 };
  await withSetting(maxTokens, () =>
    withSetting({ key: "inkling.prompts", value: prompts }, callback),
  );
}

/** Types at the document's beginning; keys that were typed when nothing was being written do not count. */
async function typeInDocument(
  { keyMs, loopDelay }: Figures,
  { isGenerating }: { isGenerating: boolean },
): Promise<void> {
  const editor = await openDocument(`\n\n${PARAGRAPH}[|]\n`);
  const { document } = editor;
  let isWriting = false;
  const write = async () => {
    isWriting = true;
    const { length } = document.getText();
    // The paragraph at the cursor is what it is about.
    const line = document.getText().split("\n").indexOf(PARAGRAPH);
    editor.selection = new vscode.Selection(line, 0, line, 0);
    void vscode.commands
      .executeCommand("inkling.generate", { task: "own:A long story" })
      .then(() => (isWriting = false));
    await until("some text", () => document.getText().length > length);
    const typedTo = document.lineAt(0).range.end;
    editor.selection = new vscode.Selection(typedTo, typedTo);
  };
  if (!isGenerating) editor.selection = new vscode.Selection(0, 0, 0, 0);
  for (let numKeys = 0; numKeys < KEYS_PER_ROUND;) {
    if (isGenerating && !isWriting) {
      loopDelay.stop();
      await vscode.commands.executeCommand("inkling.generation.discard");
      await write();
    }
    loopDelay.start();
    const startMs = performance.now();
    const text = TYPED[numKeys % TYPED.length];
    await vscode.commands.executeCommand("type", { text });
    if (isGenerating === isWriting) {
      keyMs.push(performance.now() - startMs);
      numKeys++;
    }
    await delay(KEY_GAP_MS);
  }
  loopDelay.stop();
  await vscode.commands.executeCommand("inkling.generation.discard");
  await closeAll();
}

function summary({ keyMs, loopDelay }: Figures): object {
  const at = (share: number) => round(quantile(keyMs, share) ?? NaN);
  return {
    keys: keyMs.length,
    keyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    eventLoopDelayMs: loopDelay.figures,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
