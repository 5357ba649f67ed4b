import assert from "node:assert/strict";
import {
  measureStaleWork,
  type CancellableEngine,
} from "../../../bench/typing/staleWork";

const PREFILL_RUN_MS = 100;
const DECODE_RUN_MS = 30;

/** Reads a prompt in six runs and writes in six, on a clock of its own; a prompt that it has read is not read again. */
class SteadyEngine implements CancellableEngine {
  nowMs = 0;
  private readonly read = new Set<string>();

  generate: CancellableEngine["generate"] = (request, { isCancelled }) => {
    const start = this.nowMs;
    const prefillRuns = this.read.has(request.cacheKey) ? 0 : 6;
    const run = (ms: number, count: number) => {
      for (let i = 0; i < count; i++) {
        if (isCancelled()) return false;
        this.nowMs += ms;
      }
      return true;
    };
    const isRead = run(PREFILL_RUN_MS, prefillRuns);
    const prefillMs = this.nowMs - start;
    if (isRead) this.read.add(request.cacheKey);
    const isWritten = isRead && run(DECODE_RUN_MS, 6);
    const stopReason = isWritten ? "length" : "cancelled";
    return Promise.resolve({
      generations: [{ text: "", healed: "", tokens: [], stopReason }],
      promptTokens: 640,
      reusedTokens: 0,
      prefillMs,
      decodeMs: this.nowMs - start - prefillMs,
    });
  };
}

suite("measureStaleWork()", () => {
  const documents = [
    { name: "a.md", languageId: "markdown", text: "word ".repeat(2000) },
  ];

  test("gives the time from a cancellation to the end of the run it fell into", async () => {
    const engine = new SteadyEngine();
    const { prefill, decoding } = await measureStaleWork(engine, {
      documents,
      rounds: 200,
      seed: 1,
      now: () => engine.nowMs,
    });
    // A moment within a run is as likely as any other: half of a run at the median, never more than one.
    assert.ok(prefill.count > 150 && decoding.count > 150);
    assert.ok(prefill.max <= PREFILL_RUN_MS && prefill.max > 90);
    assert.ok(decoding.max <= DECODE_RUN_MS && decoding.max > 27);
    assert.ok(Math.abs(prefill.p50 - 50) < 15, String(prefill.p50));
    assert.ok(Math.abs(decoding.p50 - 15) < 5, String(decoding.p50));
  });

  test("refuses documents that are too short", async () => {
    await assert.rejects(
      measureStaleWork(new SteadyEngine(), {
        documents: [{ ...documents[0]!, text: "short" }],
        rounds: 1,
        seed: 1,
      }),
      /no document has 3840 characters/,
    );
  });
});
