import assert from "node:assert/strict";
import { drawCurves } from "../../../src/evaluation/curvePicture";
import { causeOf, type Cause } from "../../../bench/typing/slowCauses";
import {
  measureTyping,
  TYPING_SITUATIONS,
} from "../../../bench/typing/typingBench";
import { FakeGenerator, settings, sureGeneration } from "../completion/support";

suite("measureTyping()", () => {
  const documents = ["a.md", "b.md"].map((name) => ({
    name,
    languageId: "markdown",
    text: `# ${name}\n\n${"Some words of a sentence that goes on.\n\n".repeat(200)}`,
  }));

  test("goes through every situation in every round", async () => {
    const generator = new FakeGenerator(() => [sureGeneration(" one two")]);
    const latencies = await measureTyping(generator, {
      documents,
      settings,
      rounds: 3,
      seed: 1,
    });
    assert.deepEqual(Object.keys(latencies), [...TYPING_SITUATIONS]);
    for (const situation of [
      "cold",
      "deletion",
      "editFarAbove",
      "jump",
    ] as const) {
      assert.equal(latencies[situation].count, 3, situation);
    }
    assert.equal(latencies.appended.count, 90);
    assert.ok(latencies.alongSuggestion.count > 30);
    // Each round's documents are new to the caches.
    const keys = new Set(generator.requests.map(({ cacheKey }) => cacheKey));
    assert.equal(keys.size, 6);
  });
});

suite("causeOf()", () => {
  const call = {
    prompt: "a",
    startMs: 100,
    endMs: 300,
    prefillMs: 100,
    decodeMs: 80,
    promptTokens: 500,
    reusedTokens: 0,
  };

  test("names the largest part of a wait", () => {
    const check = (
      expected: Cause,
      { change = {}, endMs = 260, garbageMs = 0 } = {},
    ) =>
      assert.equal(
        causeOf(
          { startMs: 100, endMs, prompt: "a" },
          { calls: [{ ...call, ...change }], garbageMs },
        ),
        expected,
      );
    check("cold prompt");
    check("prompt read anew", { change: { reusedTokens: 20 } });
    check("new text read", { change: { reusedTokens: 450 } });
    check("writing", { change: { prefillMs: 1, decodeMs: 199 } });
    check("other work", { change: { prefillMs: 1, decodeMs: 50 } });
    check("other work", { change: { prompt: "b" } });
    check("garbage collection", { garbageMs: 90 });
  });
});

suite("drawCurves()", () => {
  test("draws the line and names the modes", () => {
    const svg = drawCurves([
      {
        title: "a < b",
        points: [
          { precision: 0.5, coverage: 0.2 },
          { precision: 1, coverage: 0 },
          { precision: 0.5, coverage: 0.2, label: "balanced" },
        ],
      },
    ]);
    // The middle of a plot of 528 by 308 with a coverage of up to 30%.
    assert.match(svg, /points="408\.0,210\.0 56\.0,56\.0"/);
    assert.match(svg, /a &#60; b/);
    assert.match(svg, />balanced</);
  });
});
