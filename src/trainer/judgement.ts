// What a trained adapter is worth, through the graphs that ship: the proof on held-out documents, or the accuracy on
// held-out rows of a task.

import type {
  AdapterManifest,
  ExamplesReport,
  TrainingOutcome,
  Verdict,
} from "../protocol/training";
import { MAX_FORGETTING } from "../evaluation/compare";
import { evaluateAdapter } from "./evaluateAdapter";
import { proveExamples } from "./evaluateExamples";
import { writeResult } from "./learner";
import type { RunParts } from "./runParts";

/** What is added to an outcome. */
export type Judgement = Pick<TrainingOutcome, "verdict" | "proof" | "examples">;

const UNJUDGED: Judgement = {
  verdict: "not-measured",
  proof: undefined,
  examples: undefined,
};

/** Measures the model without and with what was learned, which is written to a folder of the checkpoint's for that. */
export async function judge(
  parts: RunParts,
  {
    manifest,
    candidate,
    signal,
  }: { manifest: AdapterManifest; candidate: string; signal: AbortSignal },
): Promise<Judgement> {
  const { request, base, prepared, learner, report } = parts;
  // A whole model has no base to be compared with.
  if (request.skipsEvaluation || request.settings.method === "full")
    return UNJUDGED;
  writeResult(candidate, {
    parameters: learner.model.parameters,
    manifest,
    base,
  });
  // The graphs that are measured take the memory that training took.
  await learner.dispose();
  const { modelFolder, cacheFolder, settings } = request;
  const before = { modelFolder, cacheFolder, threads: settings.threads };
  const sides = { before, after: { ...before, adapterFolder: candidate } };
  const onProgress = (side: "before" | "after", fraction: number) =>
    report("measuring-after", (fraction + (side === "after" ? 1 : 0)) / 2);
  if (prepared.examples.length > 0) {
    const rows = prepared.examples;
    const examples = await proveExamples(rows, { sides, signal, onProgress });
    const verdict = verdictOfExamples(examples, manifest.outcome);
    return { proof: undefined, examples, verdict };
  }
  const judged = await evaluateAdapter(
    {
      ...sides,
      heldOut: prepared.heldOutTexts,
      training: prepared.trainingTexts,
      general: prepared.generalText,
    },
    { signal, onProgress },
  );
  return { ...judged, examples: undefined };
}

function verdictOfExamples(
  { accuracy }: ExamplesReport,
  { trainingGraph }: TrainingOutcome,
): Verdict {
  const general = trainingGraph?.general;
  if (general && general.after > (1 + MAX_FORGETTING) * general.before) {
    return "forgets";
  }
  return accuracy.low > 0 ? "helps" : "no-gain";
}
