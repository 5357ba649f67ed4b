// How many held-out rows of a task a model completes exactly, without an adapter and with it.

import { bootstrapInterval } from "../evaluation/bootstrap";
import type { LabelledExample } from "../documents/examples";
import type { ExamplesReport } from "../protocol/training";
import { greedyRequest, type GenerateRequest } from "../protocol/generation";
import type { LoadModelRequest } from "../protocol/worker";
import { loadEngine, type Engine } from "../engine/engine";

/** Tokens beyond a completion's own length, so that one that goes on is seen to go on. */
const EXTRA_TOKENS = 4;

/** Measures both sides on the same rows. Rejects when aborted and when the adapter cannot be used. */
export async function proveExamples(
  rows: readonly LabelledExample[],
  {
    sides,
    signal,
    onProgress,
  }: {
    sides: { before: LoadModelRequest; after: LoadModelRequest };
    signal: AbortSignal;
    onProgress: (side: "before" | "after", fraction: number) => void;
  },
): Promise<ExamplesReport> {
  const measure = async (side: "before" | "after") => {
    const engine = await loadEngine(sides[side], () => {});
    try {
      const { adapterFault } = engine.description;
      if (adapterFault !== undefined) throw new Error(adapterFault);
      const right: boolean[] = [];
      for (const row of rows) {
        signal.throwIfAborted();
        right.push(await completesExactly(engine, row));
        onProgress(side, right.length / rows.length);
      }
      return right;
    } finally {
      await engine.dispose();
    }
  };
  const before = await measure("before");
  const after = await measure("after");
  return { rows: rows.length, accuracy: compareAnswers(before, after) };
}

/** Shares of right answers with the interval of their difference, paired by row. */
export function compareAnswers(
  before: readonly boolean[],
  after: readonly boolean[],
): ExamplesReport["accuracy"] {
  const pairs = before.map((isRight, index) => ({
    before: isRight ? 1 : 0,
    after: after[index] ? 1 : 0,
  }));
  const mean = (side: "before" | "after", of = pairs) =>
    of.reduce((sum, pair) => sum + pair[side], 0) / of.length;
  const statistic = (drawn: readonly (typeof pairs)[number][]) =>
    mean("after", [...drawn]) - mean("before", [...drawn]);
  return {
    before: mean("before"),
    after: mean("after"),
    ...bootstrapInterval(pairs, { statistic, seed: 1 }),
  };
}

async function completesExactly(
  engine: Engine,
  { prompt, completion }: LabelledExample,
): Promise<boolean> {
  const request: GenerateRequest = greedyRequest({
    prompt,
    contextTokens: engine.description.contextLength,
    // A token has at least one byte.
    maxTokens: Math.min(256, Buffer.byteLength(completion) + EXTRA_TOKENS),
    stopAt: completion.trim().includes("\n") ? "none" : "line",
    cacheKey: "examples",
  });
  const { generations } = await engine.generate(request, {
    isCancelled: () => false,
    onText: () => {},
  });
  return isExact(generations[0]?.text ?? "", completion);
}

/**
 * Whether a text is the completion, white space at both ends aside. A completion of one line is compared with the first
 * line of the text, so that a model that was never taught where a row ends is not held to it.
 */
export function isExact(text: string, completion: string): boolean {
  const wanted = completion.trim();
  if (wanted.includes("\n")) return text.trim() === wanted;
  return text.trimStart().split("\n")[0]!.trim() === wanted;
}
