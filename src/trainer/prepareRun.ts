// The first phase of a run: the base, its tokenizer and the blocks are read and encoded. Then the model that learns is
// loaded, by the phase that needs it and disposes of it.

import { isFastestInt8Exact } from "../engine/fastestInt8";
import { openModelFolder, type ModelFolder } from "../model/files/modelFolder";
import { readTrainingSpeed } from "../model/files/trainingSpeed";
import { openTrainingFolder } from "../model/quantise/trainingWeights";
import type {
  TrainerContract,
  TrainingProgress,
  TrainingRequest,
} from "../protocol/training";
import { forecastOf } from "../settings/trainingChoices";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer";
import { loadLearner, type Learner } from "./learner";
import { prepareSource, type Preparation } from "./preparation";
import { progressReporter, type ReportProgress } from "./progress";
import { RunClock } from "./runClock";
import type { RunControl } from "./runControl";

/** Whom a run tells what. */
export interface RunListener {
  onProgress(progress: TrainingProgress): void;
  onSample(sample: TrainerContract["events"]["sample"]): void;
  onSkipped(skipped: TrainerContract["events"]["skipped"]): void;
  /** Something to know that is no fault. */
  onNotice(text: string): void;
}

/** What every later phase of a run takes. */
export interface PreparedRun {
  request: TrainingRequest;
  control: RunControl;
  listener: RunListener;
  clock: RunClock;
  report: ReportProgress;
  base: ModelFolder;
  tokenizer: Tokenizer;
  prepared: Preparation;
}

/** Reads and encodes everything that a run or an estimate needs. */
export async function prepareRun(
  request: TrainingRequest,
  { control, listener }: { control: RunControl; listener: RunListener },
): Promise<PreparedRun> {
  const { maxMinutes, method } = request.settings;
  const clock = new RunClock({
    maxMinutes,
    heldSeconds: () => control.heldSeconds,
    isMeasured: !request.skipsEvaluation && method === "lora",
  });
  const report = progressReporter(
    (progress) => listener.onProgress(progress),
    clock,
  );
  report("preparing", 0);
  const base = openModelFolder(request.modelFolder);
  const tokenizer = await loadTokenizer(request.modelFolder);
  const prepared = await prepareSource(request, {
    tokenizer,
    endTokenId: endTokenIdOf(base, tokenizer),
    onSkipped: (skipped) => listener.onSkipped(skipped),
    async onRead() {
      report("preparing", 0);
      await control.turn();
      control.signal.throwIfAborted();
    },
  });
  clock.expectedSeconds = expectedSeconds(request, prepared);
  report("preparing", 0.3);
  return {
    request,
    control,
    listener,
    clock,
    report,
    base,
    tokenizer,
    prepared,
  };
}

/** By the speed of an earlier run; undefined where there was none, or nothing is measured at the end. */
function expectedSeconds(
  { cacheFolder, modelFolder, settings, skipsEvaluation }: TrainingRequest,
  { trainingTokens }: Preparation,
): number | undefined {
  const speed = readTrainingSpeed(cacheFolder, { ...settings, modelFolder });
  if (!speed || skipsEvaluation) return undefined;
  return forecastOf(settings, { trainingTokens, speed }).seconds;
}

/** Loads the model that learns; the caller disposes of it. */
export async function loadRunLearner({
  request,
  report,
  base,
}: PreparedRun): Promise<Learner> {
  const isInt8Fast = await isFastestInt8Exact();
  const folder = openTrainingFolder(
    base,
    request.cacheFolder,
    isInt8Fast ? "int8" : "float32",
  );
  const learner = await loadLearner(folder, request.settings);
  report("preparing", 1);
  return learner;
}

/** What ends a document: a chat model ends its turns with another token than its documents. */
function endTokenIdOf(
  { config }: ModelFolder,
  tokenizer: Tokenizer,
): number | undefined {
  return tokenizer.specialTokenId("<|endoftext|>") ?? config.eosTokenIds[0];
}
