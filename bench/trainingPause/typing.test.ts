// Types in the real extension host while the real trainer is at work and while it is paused by hand, in turns, and
// reports how long keys took and how long their decisions (a suggestion or silence). Training waits while a person
// types, so each burst of keys begins beside a trainer that works.
// npm run bench:training-pause
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { quantile } from "../../src/common/statistics";
import {
  activateInkling,
  closeAll,
  extensionId,
  openDocument,
  until,
} from "../../test/vscode/support";
import { report } from "../report";

const KEY_GAP_MS = 200;
const KEYS_PER_BURST = 20;
const BURSTS_PER_ROUND = 4;
/** Each beside a trainer at work and beside a paused one. */
const NUM_ROUNDS = 5;
/** Longer than training waits after the last key. */
const REST_MS = 4_500;
const NUM_DOCUMENTS = 6;
const NUM_TYPED = 2 * NUM_ROUNDS * BURSTS_PER_ROUND * KEYS_PER_BURST;

/** It must not end before the keys, nor stop early because it has learned its few documents by heart. */
const longRun = [
  ["epochs", "100"],
  ["learningRate", "0.00001"],
] as const;

/** Milliseconds from keys on. */
interface Waits {
  /** Until VS Code has the letter in the document. */
  key: number[];
  /** Until the decision; keys typed along a suggestion need none. */
  decision: number[];
  /** Those of the above that belong to the first key of a burst, typed while the trainer was still at work. */
  firstKey: number[];
  firstDecision: number[];
}

suite("typing beside training", () => {
  test("the wait of keys is reported", async function () {
    this.timeout(20 * 60_000);
    const inkling = await activateInkling();
    const { panel } = inkling;
    const prose = readGeneralProse();
    await writeDocuments(prose.slice(0, -NUM_TYPED));
    await openDocument("# Notes\n\n[|]");
    await until("the model", () => inkling.workerState() === "ready");
    await panel.act({ kind: "collect" });
    for (const [field, text] of longRun) {
      await panel.act({ kind: "setting", field, text });
    }
    // It resolves when the run is over, and this one ends with the window.
    void panel.act({ kind: "start" });
    await until("training", () => stepOf(panel) >= 1, { patienceMs: 300_000 });

    const training = newWaits();
    const paused = newWaits();
    const typed = prose.slice(-NUM_TYPED);
    let offset = 0;
    let stepsBeside = 0;
    for (let round = 0; round < NUM_ROUNDS; round++) {
      for (const waits of [training, paused]) {
        const stepBefore = stepOf(panel);
        if (waits === paused) await panel.act({ kind: "pause" });
        for (let burst = 0; burst < BURSTS_PER_ROUND; burst++) {
          await delay(REST_MS);
          const text = typed.slice(offset, offset + KEYS_PER_BURST);
          offset += KEYS_PER_BURST;
          await typeBurst(inkling, { text, waits });
        }
        if (waits === paused) await panel.act({ kind: "resume" });
        else stepsBeside += stepOf(panel) - stepBefore;
      }
    }
    await closeAll();
    report({
      training: summary(training),
      paused: summary(paused),
      stepsBeside,
    });
  });
});

function readGeneralProse(): string {
  const { extensionPath } = vscode.extensions.getExtension(extensionId)!;
  const file = path.join(extensionPath, "media/general-prose.txt");
  return readFileSync(file, "utf8").replace(/\s+/g, " ");
}

async function writeDocuments(prose: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders![0]!.uri;
  const length = Math.floor(prose.length / NUM_DOCUMENTS);
  for (let i = 0; i < NUM_DOCUMENTS; i++) {
    const text = prose.slice(i * length, (i + 1) * length);
    await vscode.workspace.fs.writeFile(
      vscode.Uri.joinPath(folder, "learned", `part-${i}.md`),
      Buffer.from(text),
    );
  }
}

/** The last optimizer step of the run; 0 before the first. */
function stepOf({ state }: InklingApi["panel"]): number {
  return state.run?.trainingLosses.at(-1)?.step ?? 0;
}

function newWaits(): Waits {
  return { key: [], decision: [], firstKey: [], firstDecision: [] };
}

/** A key each `KEY_GAP_MS`, whether its decision has come or not, as a person types. */
async function typeBurst(
  inkling: InklingApi,
  { text, waits }: { text: string; waits: Waits },
): Promise<void> {
  for (const [index, letter] of [...text].entries()) {
    const before = inkling.lastDecision();
    const startMs = performance.now();
    const elapsedMs = () => performance.now() - startMs;
    void vscode.commands.executeCommand("type", { text: letter }).then(() => {
      waits.key.push(elapsedMs());
      if (index === 0) waits.firstKey.push(elapsedMs());
    });
    while (inkling.lastDecision() === before && elapsedMs() < KEY_GAP_MS) {
      await delay(1);
    }
    if (inkling.lastDecision() !== before) {
      waits.decision.push(elapsedMs());
      if (index === 0) waits.firstDecision.push(elapsedMs());
    }
    await delay(Math.max(0, KEY_GAP_MS - elapsedMs()));
  }
}

function summary(waits: Waits): object {
  return Object.fromEntries(
    Object.entries<number[]>({ ...waits }).map(([name, values]) => [
      name,
      figures(values),
    ]),
  );
}

function figures(values: readonly number[]): object {
  const at = (share: number) => Math.round(quantile(values, share) ?? NaN);
  return { count: values.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}
