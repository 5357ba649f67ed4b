// Types a day's worth of keys into changing documents in the real extension host, with everything between that a day
// brings, and prints what the host held at the start and what it holds at the end.
// npm run bench:soak; INKLING_SOAK_MINUTES says how long (10). Each round is written to out/soak.json when it is over:
// INKLING_SOAK_RESUME=1 goes on with the rounds that are there, and a file out/soak.stop ends the run after its round.
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import {
  activateInkling,
  closeAll,
  extensionId,
  openDocument,
} from "../../test/vscode/support";
import { reportText } from "../report";
import { disturbances, untilReady } from "./disturbances";
import { LoopDelay } from "./loopDelay";
import { OwnSections } from "./ownSections";
import { processFigures } from "./processFigures";
import { importRandomAdapter } from "../../test/vscode/randomAdapter";
import { readRounds, soakTable, writeRounds } from "./soakTable";
import type { SoakRound } from "./soakTable";

/** With VS Code's own time some twenty keys a second, so that a day of 60,000 keys takes an hour or two. */
const KEY_GAP_MS = 20;
const KEYS_PER_BURST = 200;
/** After a burst a person reads what is offered; how long its decision took is measured meanwhile. */
const DECISION_PATIENCE_MS = 3_000;
/** One disturbance after each burst but these first ones. */
const BURSTS_BEFORE = 2;

const PARAGRAPHS = [
  "The garden lies behind the house and slopes down to the river. In spring the water comes up to the lowest beds, and what was planted there in autumn has to stand it.\n\n",
  "## Before you begin\n\nInstall the tool, open the folder of your project and run the first command. It writes a small file that you can change later.\n\n",
  "- Check that the server answers.\n- Read the last lines of the log.\n- Restart the worker if it does not come back by itself.\n\n",
  "Every evening she wrote a page of her diary. She wrote about the weather, about the letters that had come, and about the people who had not written at all.\n\n",
];

suite("a day of typing", () => {
  const minutes = Number(process.env["INKLING_SOAK_MINUTES"] ?? 10);

  test("what is held at the start and at the end is reported", async function () {
    this.retries(0);
    this.timeout((minutes + 10) * 60_000);
    const inkling = await activateInkling();
    const { extensionPath } = vscode.extensions.getExtension(extensionId)!;
    const stopFile = path.join(extensionPath, "out/soak.stop");
    const roundsFile = path.join(extensionPath, "out/soak.json");
    rmSync(stopFile, { force: true });
    const isResumed = process.env["INKLING_SOAK_RESUME"] === "1";
    const rounds = isResumed ? readRounds(roundsFile) : [];
    const faults: string[] = [];
    const noteFault = (error: unknown) => faults.push(String(error));
    process.on("unhandledRejection", noteFault);
    await openDocument("# Notes\n\n[|]");
    await untilReady(inkling);
    await closeAll();
    const adapterId = await importRandomAdapter(inkling);
    const endMs = performance.now() + minutes * 60_000;
    while (performance.now() < endMs && !existsSync(stopFile)) {
      const round = rounds.length;
      const typed = await typeRound({ inkling, adapterId, round, endMs });
      rounds.push({ ...typed, faults: faults.splice(0) });
      writeRounds(roundsFile, rounds);
    }
    process.off("unhandledRejection", noteFault);
    reportText(soakTable(rounds));
    const all = rounds.flatMap((round) => round.faults);
    if (all.length > 0) throw new Error(`Unhandled: ${all.join("; ")}`);
  });
});

/** One document, with each disturbance once; the last round of a run may end before. */
async function typeRound({
  inkling,
  adapterId,
  round,
  endMs,
}: {
  inkling: InklingApi;
  adapterId: string;
  round: number;
  endMs: number;
}): Promise<Omit<SoakRound, "faults">> {
  const startMs = performance.now();
  const loopDelay = new LoopDelay();
  const ownSections = new OwnSections((url) =>
    /[\\/]dist[\\/]extension\.js$/.test(url),
  );
  const decisionMs: number[] = [];
  let keys = 0;
  let keysWithSuggestion = 0;
  let unanswered = 0;
  const text = PARAGRAPHS.join("").repeat(10);
  const toDo = Object.entries(disturbances);
  await openDocument("# Notes\n\n[|]");
  await ownSections.start();
  loopDelay.start();
  for (let burst = 0; burst < BURSTS_BEFORE + toDo.length; burst++) {
    for (let key = 0; key < KEYS_PER_BURST; key++) {
      const isLast = key === KEYS_PER_BURST - 1;
      const before = inkling.lastDecision();
      const keyMs = performance.now();
      await vscode.commands.executeCommand("type", { text: text[keys] });
      keys++;
      if (inkling.lastDecision()?.kind === "show") keysWithSuggestion++;
      if (!isLast) await delay(KEY_GAP_MS);
      else if (await hasDecided(inkling, before)) {
        decisionMs.push(performance.now() - keyMs);
      } else unanswered++;
    }
    await vscode.commands.executeCommand(
      "editor.action.inlineSuggest.acceptNextWord",
    );
    const [, disturb] = toDo[burst - BURSTS_BEFORE] ?? [];
    await disturb?.({ inkling, adapterId, round });
    if (performance.now() >= endMs) break;
  }
  loopDelay.stop();
  await ownSections.stop();
  await closeAll();
  ownSections.dispose();
  return {
    processId: process.pid,
    minutes: (performance.now() - startMs) / 60_000,
    keys,
    keysWithSuggestion,
    decisionMs,
    unanswered,
    figures: processFigures(),
    loopDelay: loopDelay.figures,
    ownLongest: ownSections.longest[0],
  };
}

async function hasDecided(
  inkling: InklingApi,
  before: ReturnType<InklingApi["lastDecision"]>,
): Promise<boolean> {
  const untilMs = performance.now() + DECISION_PATIENCE_MS;
  while (performance.now() < untilMs) {
    if (inkling.lastDecision() !== before) return true;
    await delay(2);
  }
  return false;
}
