// Types for minutes in the real extension host and reports memory, how long its event loop was blocked, and how long
// by the extension's own code.
// npm run bench:soak; INKLING_SOAK_MINUTES says how long (10).
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import {
  activateInkling,
  closeAll,
  openDocument,
  until,
} from "../../test/vscode/support";
import { report } from "../report";
import { LoopDelay } from "./loopDelay";
import { OwnSections } from "./ownSections";

const KEY_GAP_MS = 120;
/** After so many keys a word of the suggestion is taken, if there is one. */
const KEYS_PER_ACCEPTANCE = 40;
const KEYS_PER_DOCUMENT = 2_000;

const PARAGRAPHS = [
  "The garden lies behind the house and slopes down to the river. In spring the water comes up to the lowest beds, and what was planted there in autumn has to stand it.\n\n",
  "## Before you begin\n\nInstall the tool, open the folder of your project and run the first command. It writes a small file that you can change later.\n\n",
  "- Check that the server answers.\n- Read the last lines of the log.\n- Restart the worker if it does not come back by itself.\n\n",
  "Every evening she wrote a page of her diary. She wrote about the weather, about the letters that had come, and about the people who had not written at all.\n\n",
];

suite("typing for minutes", () => {
  const minutes = Number(process.env["INKLING_SOAK_MINUTES"] ?? 10);

  test("memory, event loop and errors are reported", async function () {
    this.timeout((minutes + 2) * 60_000);
    const inkling = await activateInkling();
    const faults: string[] = [];
    const noteFault = (error: unknown) => faults.push(String(error));
    process.on("unhandledRejection", noteFault);
    const residentBeforeMb = residentMb();
    const start = await untilReady(inkling);
    const loopDelay = new LoopDelay();
    const ownSections = new OwnSections((url) =>
      /[\\/]dist[\\/]extension\.js$/.test(url),
    );
    const samples: object[] = [];
    const endMs = performance.now() + minutes * 60_000;
    let shown = 0;
    let keys = 0;
    let nextSampleMs = performance.now() + 60_000;
    while (performance.now() < endMs) {
      await openDocument("# Notes\n\n[|]");
      const text = PARAGRAPHS.join("").repeat(10);
      await ownSections.start();
      loopDelay.start();
      for (let i = 0; i < Math.min(KEYS_PER_DOCUMENT, text.length); i++) {
        if (performance.now() >= endMs) break;
        await vscode.commands.executeCommand("type", { text: text[i] });
        await delay(KEY_GAP_MS);
        keys++;
        if (inkling.lastDecision()?.kind === "show") shown++;
        if (keys % KEYS_PER_ACCEPTANCE === 0) {
          await vscode.commands.executeCommand(
            "editor.action.inlineSuggest.acceptNextWord",
          );
        }
        if (performance.now() >= nextSampleMs) {
          nextSampleMs += 60_000;
          samples.push({
            minute: samples.length + 1,
            residentMb: residentMb(),
            heapMb: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
          });
        }
      }
      loopDelay.stop();
      await ownSections.stop();
      await closeAll();
    }
    process.off("unhandledRejection", noteFault);
    ownSections.dispose();
    report({
      activationMs: inkling.activationMs,
      firstDocumentToReadyMs: start,
      residentBeforeMb,
      minutes,
      keys,
      keysWithSuggestion: shown,
      faults,
      samples,
      eventLoopDelayMs: loopDelay.figures,
      ownSections: {
        count: ownSections.count,
        longest: ownSections.longest,
      },
    });
    if (faults.length > 0) throw new Error(`Unhandled: ${faults.join("; ")}`);
  });
});

/** From the first Markdown document's becoming active to the model's first token, in milliseconds. */
async function untilReady(inkling: InklingApi): Promise<number> {
  const startMs = performance.now();
  await openDocument("# Notes\n\n[|]");
  await until("the model", () => inkling.workerState() === "ready");
  const elapsedMs = performance.now() - startMs;
  await closeAll();
  return Math.round(elapsedMs);
}

function residentMb(): number {
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}
