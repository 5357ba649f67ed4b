// Types in the real extension host while the real trainer is at work and while it is paused by hand, in turns, and
// reports how long each key waited for its decision (a suggestion or silence). Training waits while a person types, so
// each burst of keys begins beside a trainer that works.
// npm run bench:training-pause
import { appendFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import {
  activateInkling,
  closeAll,
  openDocument,
  until,
} from "../../test/vscode/support";

const KEY_GAP_MS = 120;
const KEYS_PER_BURST = 20;
const BURSTS_PER_ROUND = 5;
/** Each beside a trainer at work and beside a paused one. */
const NUM_ROUNDS = 4;
/** Longer than training waits after the last key. */
const REST_MS = 5_000;
const PATIENCE_MS = 2_000;
const NUM_DOCUMENTS = 6;

/** Milliseconds from a key to its decision; the first keys of bursts are in both. */
interface Waits {
  all: number[];
  first: number[];
}

suite("typing beside training", () => {
  test("the wait of keys is reported", async function () {
    this.timeout(20 * 60_000);
    const inkling = await activateInkling();
    const { panel } = inkling;
    const prose = readFileSync(
      path.join(
        vscode.extensions.getExtension("inkling.inkling")!.extensionPath,
        "media/general-prose.txt",
      ),
      "utf8",
    );
    await writeDocuments(prose);
    const typed = prose.replace(/\s+/g, " ").slice(-6_000);
    await openDocument("# Notes\n\n[|]");
    await until("the model", () => inkling.workerState() === "ready");
    await panel.act({ kind: "collect" });
    await panel.act({ kind: "start" });
    await until("training", () => isTraining(panel), { patienceMs: 600_000 });

    const training: Waits = { all: [], first: [] };
    const paused: Waits = { all: [], first: [] };
    let offset = 0;
    for (let round = 0; round < NUM_ROUNDS; round++) {
      for (const waits of [training, paused]) {
        if (waits === paused) await panel.act({ kind: "pause" });
        for (let burst = 0; burst < BURSTS_PER_ROUND; burst++) {
          await delay(REST_MS);
          const text = typed.slice(offset, offset + KEYS_PER_BURST);
          offset += KEYS_PER_BURST;
          await typeBurst(inkling, { text, waits });
        }
        if (waits === paused) await panel.act({ kind: "resume" });
      }
    }
    const { run } = panel.state;
    await panel.act({ kind: "stop", keep: false });
    await closeAll();
    report({
      training: summary(training),
      paused: summary(paused),
      steps: run?.progress?.step,
    });
  });
});

async function writeDocuments(prose: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders![0]!.uri;
  const length = Math.floor((prose.length - 6_000) / NUM_DOCUMENTS);
  for (let i = 0; i < NUM_DOCUMENTS; i++) {
    const text = prose.slice(i * length, (i + 1) * length);
    await vscode.workspace.fs.writeFile(
      vscode.Uri.joinPath(folder, "learned", `part-${i}.md`),
      Buffer.from(text),
    );
  }
}

function isTraining(panel: InklingApi["panel"]): boolean {
  const progress = panel.state.run?.progress;
  return progress?.phase === "training" && progress.step >= 1;
}

async function typeBurst(
  inkling: InklingApi,
  { text, waits }: { text: string; waits: Waits },
): Promise<void> {
  for (const [index, letter] of [...text].entries()) {
    const before = inkling.lastDecision();
    const startMs = performance.now();
    await vscode.commands.executeCommand("type", { text: letter });
    while (
      inkling.lastDecision() === before &&
      performance.now() - startMs < PATIENCE_MS
    ) {
      await delay(1);
    }
    const waitedMs = performance.now() - startMs;
    waits.all.push(waitedMs);
    if (index === 0) waits.first.push(waitedMs);
    await delay(KEY_GAP_MS);
  }
}

function summary({ all, first }: Waits): object {
  return { all: figures(all), firstOfBurst: figures(first) };
}

function figures(values: readonly number[]): object {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? NaN);
  return { count: values.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

function report(result: object): void {
  const text = `${JSON.stringify(result, undefined, 1)}\n`;
  const file = process.env["INKLING_TEST_REPORT"];
  if (file) appendFileSync(file, text);
  else process.stdout.write(text);
}
