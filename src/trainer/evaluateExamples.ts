// How many held-out rows of a task a model answers rightly, without an adapter and with it: labels by their
// probabilities, all other completions exactly.

import { drawSample, seededRandom } from "../common/random";
import { bootstrapInterval } from "../evaluation/bootstrap";
import { reportOnLabels } from "../evaluation/classification";
import { NaiveBayes } from "../evaluation/naiveBayes";
import type { LabelledExample, SplitRows } from "../documents/examples";
import { labelOf, unframed } from "../documents/labels";
import type { ExamplesReport, LabelledRows } from "../protocol/training";
import { createClassifier } from "../engine/classify";
import { greedyRequest, type GenerateRequest } from "../protocol/generation";
import type { LoadModelRequest } from "../protocol/worker";
import { loadEngine, type Engine } from "../engine/engine";

/** Tokens beyond a completion's own length, so that one that goes on is seen to go on. */
const EXTRA_TOKENS = 4;

/** However little time there is. */
const MIN_ROWS = 5;

/** How both sides are measured. */
interface ProofOptions {
  sides: { before: LoadModelRequest; after: LoadModelRequest };
  signal: AbortSignal;
  onProgress: (side: "before" | "after", fraction: number) => void;
  /** Both sides together end within about so long, on as many rows as there is time for. */
  maxSeconds: number;
}

/**
 * Measures both sides on the same held-out rows, by the most probable label where the task has labels. Rejects when
 * aborted and when the adapter cannot be used.
 */
export async function proveExamples(
  rows: SplitRows,
  options: ProofOptions,
): Promise<ExamplesReport> {
  const { labels } = rows;
  // Shuffled, so that the rows that there is time for are of every kind.
  const heldOut = drawSample(rows.heldOut, {
    count: rows.heldOut.length,
    random: seededRandom(1),
  });
  if (labels) return proveLabels({ ...rows, heldOut, labels }, options);
  const right = await measureBoth(
    heldOut,
    options,
    async (engine) => (row) => completesExactly(engine, row),
  );
  return {
    rows: right.after.length,
    accuracy: compareAnswers(right.before, right.after),
  };
}

/** The labels found by both sides, beside those that a count of words finds and the most frequent one. */
async function proveLabels(
  { training, heldOut, labels }: SplitRows & { labels: LabelledRows },
  options: ProofOptions,
): Promise<ExamplesReport> {
  const { before, after } = await measureBoth(
    heldOut,
    options,
    async (engine) => {
      const classify = await createClassifier(engine, labels);
      return async ({ prompt }) => (await classify(prompt))[0]!.label;
    },
  );
  const names = labels.completions.map((completion) => labelOf({ completion }));
  const words = new NaiveBayes(
    training.map((row) => ({
      text: unframed(row.prompt, labels),
      label: labelOf(row),
    })),
  );
  const placeOf = (label: string) => names.indexOf(label);
  const measured = heldOut.slice(0, after.length);
  const classified = measured.map((row, index) => ({
    expected: placeOf(labelOf(row)),
    before: placeOf(before[index]!),
    after: placeOf(after[index]!),
    wordCount: placeOf(words.classify(unframed(row.prompt, labels))),
    majority: placeOf(words.majority),
  }));
  return { rows: measured.length, ...reportOnLabels(classified, names) };
}

/**
 * Asks one side after the other, each with an engine of its own that is gone afterwards. Answers of the same rows on
 * both sides: the first ones, for which there is time.
 */
async function measureBoth<T>(
  rows: readonly LabelledExample[],
  { sides, signal, onProgress, maxSeconds }: ProofOptions,
  prepare: (engine: Engine) => Promise<(row: LabelledExample) => Promise<T>>,
): Promise<{ before: T[]; after: T[] }> {
  const startMs = performance.now();
  const measure = async (
    side: "before" | "after",
    {
      asked,
      endSeconds,
    }: { asked: readonly LabelledExample[]; endSeconds: number },
  ) => {
    const endMs = startMs + 1000 * endSeconds;
    const engine = await loadEngine(sides[side], () => {});
    try {
      const { adapterFault } = engine.description;
      if (adapterFault !== undefined) throw new Error(adapterFault);
      const ask = await prepare(engine);
      const answers: T[] = [];
      for (const row of asked) {
        signal.throwIfAborted();
        if (answers.length >= MIN_ROWS && performance.now() > endMs) break;
        answers.push(await ask(row));
        onProgress(side, answers.length / asked.length);
      }
      return answers;
    } finally {
      await engine.dispose();
    }
  };
  const before = await measure("before", {
    asked: rows,
    endSeconds: maxSeconds / 2,
  });
  const after = await measure("after", {
    asked: rows.slice(0, before.length),
    endSeconds: maxSeconds,
  });
  return { before: before.slice(0, after.length), after };
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
