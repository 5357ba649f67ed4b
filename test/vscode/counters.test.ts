// What becomes of suggestions is counted, and the last one can be explained.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import { wordRows } from "../../src/editor/wordTable";
import type { InklingApi } from "../../src/extension";
import {
  activateInkling,
  closeAll,
  openDocument,
  typeAndAccept,
  until,
  withSetting,
} from "./support";

const heading = "# Days\n\n";
const typed = "Monday, Tuesday, Wednesday, Thursday,";
/** Longer than it takes to read a word. */
const readMs = 400;

suite("counters and explanation", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  setup(() => inkling.resetCounts());
  teardown(closeAll);

  /** Types until something is on offer. */
  async function typeUntilOffered(): Promise<void> {
    await openDocument(`${heading}${typed.slice(0, -1)}[|]`);
    await until("a running model", () => inkling.workerState() === "ready");
    await vscode.commands.executeCommand("type", { text: "," });
    await until("a suggestion", () => inkling.counts().shown > 0);
    await delay(readMs);
  }

  test("a suggestion that is accepted whole counts with its characters", async () => {
    const editor = await openDocument(`${heading}[|]`);
    const text = await typeAndAccept(editor, typed);
    const { shown, acceptedWhole, acceptedInPart, ...counts } = await until(
      "the acceptance",
      () => (inkling.counts().acceptedWhole > 0 ? inkling.counts() : undefined),
    );
    assert.ok(shown >= 1);
    assert.equal(acceptedWhole, 1);
    assert.equal(acceptedInPart, 0);
    assert.equal(
      counts.charactersSaved,
      text.length - (heading + typed).length - 1,
    );
    assert.ok(Object.values(counts.waits).length >= 1);
    assert.ok(
      counts.charactersWritten >= text.length - heading.length,
      `${counts.charactersWritten} of ${text.length} characters`,
    );
  });

  test("a suggestion of which a word is accepted counts in part", async () => {
    await typeUntilOffered();
    await until("the acceptance", async () => {
      await vscode.commands.executeCommand(
        "editor.action.inlineSuggest.acceptNextWord",
      );
      await delay(100);
      return inkling.counts().acceptedInPart > 0;
    });
    assert.equal(inkling.counts().acceptedWhole, 0);
    assert.ok(inkling.counts().charactersSaved > 0);
  });

  test("typing something else counts as a rejection, and as nothing once a reset is confirmed", async () => {
    await typeUntilOffered();
    await vscode.commands.executeCommand("type", { text: "x" });
    await until("the rejection", () => inkling.counts().rejected === 1);
    await answerToReset(undefined);
    assert.equal(inkling.counts().rejected, 1);
    await answerToReset("Reset");
    assert.equal(inkling.counts().rejected, 0);
  });

  test("what was dismissed stays away when what was typed instead is undone", async () => {
    await typeUntilOffered();
    await type("x");
    await vscode.commands.executeCommand("deleteLeft");
    await vscode.commands.executeCommand("deleteLeft");
    await type(",");
    await until("silence", () => isSilentFor("dismissed-here"));
  });

  test("Escape's command counts as a rejection and takes the suggestion away", async () => {
    await typeUntilOffered();
    await vscode.commands.executeCommand("inkling.dismiss");
    await until("the rejection", () => inkling.counts().rejected === 1);
    const text = vscode.window.activeTextEditor?.document.getText();
    await vscode.commands.executeCommand("editor.action.inlineSuggest.commit");
    assert.equal(vscode.window.activeTextEditor?.document.getText(), text);
  });

  // In the quiet mode three presses of Escape ask for more than any model can be sure of; at a beginning for less.
  test("repeated Escape makes it quieter there", async () => {
    await withSetting({ key: "inkling.mode", value: "quiet" }, async () => {
      await typeUntilOffered();
      await insertAbove(` ${"This is about the days of a week. ".repeat(6)}`);
      for (let round = 0; round < 8 && !isSilentFor("rejected-here"); round++) {
        await vscode.commands.executeCommand("deleteLeft");
        // What was dismissed stays away at its place, which is known by the text before it.
        await insertAbove(".");
        const { shown, rejected } = inkling.counts();
        await type(",");
        await until(
          "a suggestion or silence",
          () => inkling.counts().shown > shown || isSilentFor("rejected-here"),
        );
        await delay(readMs);
        if (isSilentFor("rejected-here")) break;
        await vscode.commands.executeCommand("inkling.dismiss");
        await until(
          "the rejection",
          () => inkling.counts().rejected > rejected,
        );
      }
      const state = [inkling.counts().rejected, inkling.lastDecision()];
      assert.ok(isSilentFor("rejected-here"), JSON.stringify(state));
    });
  });

  /** Runs the command and answers its question, which a run of tests shows nobody. */
  async function answerToReset(answer: string | undefined): Promise<void> {
    const { showWarningMessage } = vscode.window;
    const asked: unknown[] = [];
    vscode.window.showWarningMessage = (...question: unknown[]) => {
      asked.push(question);
      return Promise.resolve(answer as never);
    };
    try {
      await vscode.commands.executeCommand("inkling.resetCounters");
    } finally {
      vscode.window.showWarningMessage = showWarningMessage;
    }
    assert.equal(asked.length, 1);
    assert.match(JSON.stringify(asked), /cannot be undone/);
  }

  /** Behind the heading: the line of the cursor stays as it is. */
  async function insertAbove(text: string): Promise<void> {
    const place = new vscode.Position(0, heading.trim().length);
    await vscode.window.activeTextEditor?.edit((edit) =>
      edit.insert(place, text),
    );
  }

  async function type(text: string): Promise<void> {
    await vscode.commands.executeCommand("type", { text });
  }

  function isSilentFor(code: string): boolean {
    const decision = inkling.lastDecision();
    return decision?.kind === "silent" && decision.reason.code === code;
  }

  test("inkling.explain shows the words with how sure they are", async () => {
    await typeUntilOffered();
    const decision = inkling.lastDecision();
    assert.ok(decision?.kind === "show");
    await vscode.commands.executeCommand("inkling.explain");
    const document = vscode.workspace.textDocuments.find(
      ({ uri }) => uri.scheme === "inkling",
    );
    const content = document?.getText() ?? "";
    const [suggestion] = decision.suggestions;
    assert.ok(suggestion);
    const [friday] = wordRows(suggestion);
    assert.match(friday?.text ?? "", /^Friday/);
    const percent = Math.round((friday?.probability ?? 0) * 100);
    const row = `**${friday?.text}** | ${percent}% |`;
    assert.ok(content.includes(row), content);
  });

  test("by hand up to three different suggestions are offered, else one", async () => {
    await openDocument("# A tale\n\nOnce upon a time there was a[|]");
    await vscode.commands.executeCommand("inkling.trigger");
    const decision = await until("several suggestions", () => {
      const last = inkling.lastDecision();
      return last?.kind === "show" && last.suggestions.length > 1
        ? last
        : undefined;
    });
    const texts = decision.suggestions.map(({ text }) => text);
    assert.ok(texts.length <= 3, texts.join());
    assert.equal(new Set(texts).size, texts.length, texts.join());
    await inkling.resetCounts();
    await typeUntilOffered();
    const automatic = inkling.lastDecision();
    assert.ok(automatic?.kind === "show");
    assert.equal(automatic.suggestions.length, 1);
  });
});
