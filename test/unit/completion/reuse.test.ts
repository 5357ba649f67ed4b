import assert from "node:assert/strict";
import { Completer, type Decision } from "../../../src/completion/completer";
import {
  contextAt,
  DeferredGenerator,
  FakeGenerator,
  generation,
  settlePromises,
  sureGeneration,
  token,
} from "./support";

const never = new AbortController().signal;

function textOf(decision: Decision): string | undefined {
  return decision.kind === "show" ? decision.suggestions[0]?.text : undefined;
}

/** What a completer shows for each state of a document, and how often it asked. */
async function checkTyping(
  answer: string,
  rows: [marked: string, expected: string | undefined, threshold: number][],
): Promise<void> {
  const generator = new FakeGenerator(() => [
    { ...sureGeneration(answer), stopReason: "stop-rule" },
  ]);
  const completer = new Completer(generator, { prefetch: false });
  for (const [marked, expected, threshold] of rows) {
    const decision = await completer.complete(contextAt(marked), never);
    assert.equal(textOf(decision), expected, marked);
    assert.equal(generator.requests.length, threshold, marked);
  }
}

suite("Completer reuse", () => {
  test("what is typed along a suggestion asks nothing", () =>
    checkTyping(" brown fox jumps", [
      ["The quick[|]", " brown fox jumps", 1],
      ["The quick [|]", "brown fox jumps", 1],
      ["The quick br[|]", "own fox jumps", 1],
      ["The quick brown fox [|]", "jumps", 1],
    ]));

  test("what was on the screen and was rejected has to pass the gate again", async () => {
    const generator = new FakeGenerator(() => [
      generation([token(" brown", 0.6)], { stopReason: "stop-rule" }),
    ]);
    const completer = new Completer(generator, { prefetch: false });
    const context = contextAt("The quick[|]");
    assert.equal(textOf(await completer.complete(context, never)), " brown");
    const { documentKey } = context;
    for (let round = 0; round < 5; round++) {
      completer.rejected({ documentKey, offset: "The quick".length }, "escape");
    }
    const decision = await completer.complete(context, never);
    assert.equal(
      decision.kind === "silent" && decision.reason.code,
      "rejected-here",
    );
  });

  test("what is on the screen stays while it is typed, to its last letter", async () => {
    // "fox" alone would be too unsure, and "x" too short.
    const generator = new FakeGenerator(() => [
      generation([token(" brown", 0.99), token(" fox", 0.25)], {
        stopReason: "stop-rule",
      }),
    ]);
    const completer = new Completer(generator, { prefetch: false });
    const suggestion = " brown fox";
    for (let length = 0; length < suggestion.length; length++) {
      const typed = suggestion.slice(0, length);
      const decision = await completer.complete(
        contextAt(`The quick${typed}[|]`),
        never,
      );
      assert.equal(textOf(decision), suggestion.slice(length), typed);
    }
    // Come upon afresh, it is not shown.
    const afresh = new Completer(generator, { prefetch: false });
    await afresh.continuationsAt(contextAt("The quick[|]"), never);
    const decision = await afresh.complete(
      contextAt("The quick brown[|]"),
      never,
    );
    assert.equal(decision.kind, "silent");
  });

  test("deleting back to where it was asked asks nothing", () =>
    checkTyping(" brown fox jumps", [
      ["The quick[|]", " brown fox jumps", 1],
      ["The quick red[|]", " brown fox jumps", 2],
      ["The quick[|]", " brown fox jumps", 2],
      ["The quick brown[|]", " fox jumps", 2],
    ]));

  test("an edit above the cursor asks again", () =>
    checkTyping(" fox", [
      ["One quick[|]", " fox", 1],
      ["Two quick[|]", " fox", 2],
    ]));

  test("the end of a suggestion asks again", () =>
    checkTyping(" fox", [
      ["The[|]", " fox", 1],
      ["The fox[|]", " fox", 2],
    ]));

  test("a request under way is awaited while its text fits", async () => {
    const generator = new DeferredGenerator();
    const completer = new Completer(generator, { prefetch: false });
    const first = new AbortController();
    const stale = completer.complete(contextAt("The quick[|]"), first.signal);
    generator.last.options.onText?.(0, " bro");
    first.abort();
    assert.deepEqual(await stale, {
      kind: "silent",
      reason: { code: "cancelled" },
    });

    const next = completer.complete(contextAt("The quick b[|]"), never);
    assert.deepEqual(generator.cancelled, [false]);
    generator.last.resolve([sureGeneration(" brown fox jumps")]);
    assert.equal(textOf(await next), "rown fox jumps");
    assert.equal(generator.calls.length, 1);
  });

  test("a request under way is left as soon as its text goes elsewhere", async () => {
    const generator = new DeferredGenerator();
    const completer = new Completer(generator, { prefetch: false });
    void completer.complete(contextAt("The quick[|]"), never);
    const next = completer.complete(contextAt("The quick r[|]"), never);
    assert.equal(generator.calls.length, 1);
    generator.last.options.onText?.(0, " bro");
    await settlePromises();
    assert.deepEqual(generator.cancelled, [true, false]);
    generator.last.resolve([sureGeneration("ed fox")]);
    assert.equal(textOf(await next), "ed fox");
  });

  test("the newest request cancels one that is of no more use", async () => {
    const generator = new DeferredGenerator();
    const completer = new Completer(generator, { prefetch: false });
    const stale = completer.complete(contextAt("The quick[|]"), never);
    void completer.complete(contextAt("Elsewhere[|]"), never);
    assert.deepEqual(generator.cancelled, [true, false]);
    assert.deepEqual(await stale, {
      kind: "silent",
      reason: { code: "cancelled" },
    });
  });

  test("what follows a shown suggestion is computed before it is accepted", async () => {
    const generator = new DeferredGenerator();
    const completer = new Completer(generator);
    const shown = completer.complete(contextAt("The quick[|]"), never);
    generator.last.resolve([sureGeneration(" brown fox")]);
    assert.equal(textOf(await shown), " brown fox");
    assert.equal(generator.calls.length, 2);
    assert.equal(generator.last.request.prompt, "The quick brown fox");

    // Typing along leaves it alone; acceptance finds it.
    await completer.complete(contextAt("The quick b[|]"), never);
    assert.deepEqual(generator.cancelled, [false, false]);
    generator.last.resolve([sureGeneration(" jumps over")]);
    await settlePromises();
    const accepted = completer.complete(
      contextAt("The quick brown fox[|]"),
      never,
    );
    assert.equal(textOf(await accepted), " jumps over");
  });

  test("a real request cancels what was computed ahead", async () => {
    const generator = new DeferredGenerator();
    const completer = new Completer(generator);
    const shown = completer.complete(contextAt("The quick[|]"), never);
    generator.last.resolve([sureGeneration(" brown fox")]);
    await shown;
    void completer.complete(contextAt("The quick red[|]"), never);
    assert.deepEqual(generator.cancelled, [false, true, false]);
  });

  test("a failure rejects who waits for it and the next request asks again", async () => {
    const generator = new DeferredGenerator();
    const completer = new Completer(generator);
    const failing = completer.complete(contextAt("The[|]"), never);
    generator.last.reject(new Error("worker is gone"));
    await assert.rejects(failing, /worker is gone/);
    const next = completer.complete(contextAt("The[|]"), never);
    generator.last.resolve([sureGeneration(" end")]);
    assert.equal(textOf(await next), " end");
  });

  test("documentClosed() cancels and forgets that document alone", async () => {
    const generator = new DeferredGenerator();
    const completer = new Completer(generator, { prefetch: false });
    const other = { documentKey: "file:///other.md" };
    const kept = completer.complete(contextAt("Other[|]", other), never);
    generator.last.resolve([sureGeneration(" text")]);
    await kept;
    void completer.complete(contextAt("The[|]"), never);
    completer.documentClosed("file:///notes.md");
    assert.deepEqual(generator.cancelled, [false, true]);
    assert.equal(
      textOf(await completer.complete(contextAt("Other[|]", other), never)),
      " text",
    );
  });

  test("a manual trigger offers different suggestions, an automatic one a single one", async () => {
    const texts = [" one", " two", " three"];
    const generator = new FakeGenerator(() =>
      texts.map((text) => sureGeneration(text)),
    );
    const completer = new Completer(generator, { prefetch: false });
    const count = async (trigger: "manual" | "automatic") => {
      const decision = await completer.complete(
        contextAt("Count:[|]", { trigger }),
        never,
      );
      return decision.kind === "show" ? decision.suggestions.length : 0;
    };
    assert.equal(await count("automatic"), 1);
    assert.equal(await count("manual"), 2);
    assert.deepEqual(
      generator.requests.map((request) => [
        request.count,
        request.sampling.temperature > 0,
      ]),
      [
        [1, false],
        [1, false],
        [2, true],
      ],
    );
  });
});

suite("Completer and the suggest widget", () => {
  test("a suggestion extends the selected item", async () => {
    const generator = new FakeGenerator(() => [sureGeneration("(value)")]);
    const completer = new Completer(generator, { prefetch: false });
    const decision = await completer.complete(
      contextAt("console.l[|]", {
        languageId: "javascript",
        selectedCompletion: { text: "log", replacedCharacters: 1 },
      }),
      never,
    );
    assert.equal(generator.requests[0]?.prompt, "console.log");
    assert.equal(textOf(decision), "og(value)");
  });

  test("an item that does not begin with what is typed silences it", async () => {
    const generator = new FakeGenerator(() => [sureGeneration("x")]);
    const decision = await new Completer(generator).complete(
      contextAt("console.L[|]", {
        selectedCompletion: { text: "log", replacedCharacters: 1 },
      }),
      never,
    );
    assert.deepEqual(decision, {
      kind: "silent",
      reason: { code: "suggest-widget" },
    });
  });
});
