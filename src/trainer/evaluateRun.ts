// The third phase of a run: what was learned is measured through the graphs that ship, by the report on held-out
// documents or the accuracy on held-out rows of a task. The learner is gone by then: the graphs that are measured take
// the memory that training took.

import path from "node:path";
import { removeQuietly } from "../common/atomicFile";
import { keepInSpareFolder } from "../common/spareFolder";
import { MAX_FORGETTING } from "../evaluation/compare";
import type {
  ExamplesReport,
  TrainingGraphBits,
  TrainingOutcome,
  Verdict,
} from "../protocol/training";
import { evaluateAdapter } from "./evaluateAdapter";
import { proveExamples } from "./evaluateExamples";
import { writeResult } from "./learner";
import type { PreparedRun } from "./prepareRun";
import { RunLeftError } from "./runControl";
import type { TrainedRun } from "./trainRun";

/** What the evaluation gives an outcome. */
export type RunEvaluation = Pick<
  TrainingOutcome,
  "verdict" | "proof" | "examples"
>;

/** Of a run that is not evaluated. */
export const NOT_EVALUATED: RunEvaluation = {
  verdict: "not-measured",
  proof: undefined,
  examples: undefined,
};

/**
 * Measures the model without and with what was learned, which is written to a folder of the checkpoint's for that.
 * Undefined when the run is discarded meanwhile. A run that is left meanwhile is evaluated again when it is resumed: its
 * checkpoint is complete.
 */
export async function evaluateRun(
  run: PreparedRun,
  trained: TrainedRun,
): Promise<RunEvaluation | undefined> {
  const { control, request } = run;
  const { outFolder, settings } = request;
  // A whole model has no base to be compared with.
  if (request.skipsEvaluation || settings.method === "full") {
    return NOT_EVALUATED;
  }
  let candidate: string | undefined;
  try {
    candidate = writeCandidate(run, trained);
    return await compareWithBase(run, { candidate, trained });
  } catch (error) {
    if (control.ending === "discard") return undefined;
    if (control.ending === "leave") {
      throw new RunLeftError({ step: trained.numbers.step, outFolder });
    }
    throw error;
  } finally {
    if (candidate !== undefined) removeQuietly(candidate);
  }
}

/** Beside the checkpoint, or in a spare folder where there is no room any more. */
function writeCandidate(
  { request: { outFolder, settings }, base }: PreparedRun,
  { parameters }: TrainedRun,
): string {
  const write = (folder: string) =>
    writeResult(path.join(folder, CANDIDATE), { parameters, base, settings });
  try {
    write(outFolder);
    return path.join(outFolder, CANDIDATE);
  } catch (error) {
    const spare = keepInSpareFolder(outFolder, write);
    if (spare === undefined) throw error;
    return path.join(spare, CANDIDATE);
  }
}

const CANDIDATE = "checkpoint.candidate";

async function compareWithBase(
  { request, prepared, clock, report, control }: PreparedRun,
  { candidate, trained }: { candidate: string; trained: TrainedRun },
): Promise<RunEvaluation> {
  const { modelFolder, cacheFolder, settings } = request;
  const before = { modelFolder, cacheFolder, threads: settings.threads };
  const sides = { before, after: { ...before, adapterFolder: candidate } };
  const signal = control.dropSignal;
  const maxSeconds =
    settings.maxMinutes === undefined ? Infinity : clock.secondsForMeasuring;
  const onProgress = (side: "before" | "after", fraction: number) =>
    report("measuring-after", (fraction + (side === "after" ? 1 : 0)) / 2);
  if (prepared.examples.heldOut.length > 0) {
    const rows = prepared.examples;
    const examples = await proveExamples(rows, {
      sides,
      signal,
      onProgress,
      maxSeconds,
    });
    const verdict = verdictOfExamples(examples, trained.trainingGraph);
    return { verdict, proof: undefined, examples };
  }
  const { verdict, proof } = await evaluateAdapter(
    {
      ...sides,
      heldOut: prepared.heldOutTexts,
      training: prepared.trainingTexts,
      general: prepared.generalText,
      maxSeconds,
    },
    { signal, onProgress },
  );
  return { verdict, proof, examples: undefined };
}

function verdictOfExamples(
  { accuracy }: ExamplesReport,
  trainingGraph: TrainingGraphBits | undefined,
): Verdict {
  const general = trainingGraph?.general;
  if (general && general.after > (1 + MAX_FORGETTING) * general.before) {
    return "forgets";
  }
  return accuracy.low > 0 ? "helps" : "no-gain";
}
