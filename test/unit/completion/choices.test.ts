import assert from "node:assert/strict";
import { distinctChoices } from "../../../src/completion/choices";
import { Completer } from "../../../src/completion/completer";
import { contextAt, FakeGenerator, sureGeneration } from "./support";

suite("distinctChoices()", () => {
  // A manual trigger offered "Saturday, Sunday, Monday" and "Saturday, Sunday," as if they were two.
  const rows: [string, string[], string[]][] = [
    ["one that begins another", [" Saturday, Sunday, Monday", " Saturday, Sunday,"], [" Saturday, Sunday, Monday"]],
    ["one that goes on", [" the", " the cat"], [" the"]],
    ["another mark at the end", [" the end.", " the end!"], [" the end."]],
    ["another case", [" The end", " the end"], [" The end"]],
    ["another space", ["the\nend", "the end"], ["the\nend"]],
    ["a script without spaces", ["星期四", "星期四、星期五"], ["星期四"]],
    ["forms of one letter", ["café", "cafe\u0301"], ["café"]],
    ["a quotation mark at the end", ["said he", 'said he"'], ["said he"]],
    ["marks alone", ["...", "…"], ["..."]],
    ["the same twice of three", ["a b", "c", "a b c"], ["a b", "c"]],
  ]; // prettier-ignore
  for (const [what, texts, expected] of rows) {
    test(`distinctChoices() keeps one of ${what}`, () =>
      check(texts, expected));
  }

  const others: [string, string[]][] = [
    ["words that begin alike", ["can", "cannot"]],
    ["numbers", ["1,000", "1,500"]],
    ["code", ["a + b", "a - b"]],
    ["a sentence with a mark within", ["yes, it is", "yes. It is"]],
    ["letters without spaces", ["星期四", "星期五"]],
    ["three", ["red", "green", "blue"]],
  ];
  for (const [what, texts] of others) {
    test(`distinctChoices() keeps ${what} apart`, () => check(texts, texts));
  }
});

function check(texts: string[], expected: string[]): void {
  const kept = distinctChoices(texts.map((text) => ({ text })));
  assert.deepEqual(
    kept.map(({ text }) => text),
    expected,
  );
}

suite("what was dismissed", () => {
  const never = new AbortController().signal;
  const documentKey = "file:///notes.md";

  /** Shows a suggestion at each of these cursors, lets the last be dismissed, and answers what comes at `again`. */
  async function afterDismissal(
    cursors: string[],
    again: string,
    overrides: Parameters<typeof contextAt>[1] = {},
  ): Promise<string> {
    const text = " brown fox jumps over";
    const whole = `The quick${text}`;
    const generator = new FakeGenerator((prompt) => [
      sureGeneration(
        whole.startsWith(prompt) ? whole.slice(prompt.length) : text,
      ),
    ]);
    const completer = new Completer(generator, { prefetch: false });
    for (const cursor of cursors) {
      const decision = await completer.complete(contextAt(cursor), never);
      assert.equal(decision.kind, "show", cursor);
    }
    completer.rejected({ documentKey, offset: "The quick".length }, "escape");
    const decision = await completer.complete(
      contextAt(again, overrides),
      never,
    );
    return decision.kind === "show" ? "shown" : decision.reason.code;
  }

  const there = "The quick[|]";
  const rows: [string, string[], string, string][] = [
    ["after undo", [there], there, "dismissed-here"],
    ["where it was typed along", [there, "The quick b[|]"], "The quick b[|]", "dismissed-here"],
    ["where it began", [there, "The quick b[|]"], there, "dismissed-here"],
    ["before other words below", [there], "The quick[|]\n\nMore.", "dismissed-here"],
    ["at the end of a longer text", [`${"Word. ".repeat(200)}The quick[|]`], `${"Word. ".repeat(200)}The quick[|]`, "dismissed-here"],
  ]; // prettier-ignore
  for (const [what, cursors, again, expected] of rows) {
    test(`it does not come back ${what}`, async () =>
      assert.equal(await afterDismissal(cursors, again), expected));
  }

  test("it comes back for whoever asks, and elsewhere", async () => {
    const manual = { trigger: "manual" as const };
    assert.equal(await afterDismissal([there], there, manual), "shown");
    assert.equal(await afterDismissal([there], "So quick[|]"), "shown");
    assert.equal(await afterDismissal([there], "The quick b[|]"), "shown");
    const elsewhere = { documentKey: "file:///other.md" };
    assert.equal(await afterDismissal([there], there, elsewhere), "shown");
  });
});
