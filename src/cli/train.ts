// inkling train: teaches an adapter a folder's text, or a task's examples, in this process.

import path from "node:path";
import {
  defaultTrainingSettings,
  PROJECTIONS,
} from "../settings/defaultTrainingSettings";
import type {
  Projection,
  TrainingRequest,
  TrainingSettings,
  TrainingSource,
} from "../protocol/training";
import { PATIENCE } from "../trainer/trainRun";
import { parseOptions, UsageError } from "./options";
import { defaultCacheFolder, defaultModelFolder } from "./places";
import { threadsFor } from "../settings/threads";
import { describeOutcome, trainingFigures } from "./trainingFigures";
import {
  findDocuments,
  requireExisting,
  resumeArguments,
  trainHere,
} from "./trainHere";

const DEFAULTS = defaultTrainingSettings(threadsFor("training"));

const USAGE = `inkling train --documents DIR --out DIR [options]
inkling train --examples FILE.jsonl --out DIR [options]
Teaches the model a folder's own text, or a task by examples, and measures on held-out text whether that helped.

  --documents DIR        texts to learn from; some are held out unless --heldout says which
  --heldout DIR          texts to measure on, never learned from
  --examples FILE        rows {"prompt", "completion"}, or a table with columns such as text and label; the loss is on the
                         completion alone
  --general FILE         general prose on which forgetting is measured
  --out DIR              where the adapter goes: a new or empty folder
  --resume               goes on from the checkpoint in --out
  --epochs N             passes over the text (${DEFAULTS.epochs})
  --minutes M            all of it ends within so long: preparing, training and measuring
  --rank R               rank of the adapter's matrices (${DEFAULTS.rank})
  --alpha A              the adapter is scaled by alpha / rank (twice the rank)
  --projections LIST     layers with an adapter, of ${PROJECTIONS.join(",")} (all)
  --layers N             only the last N layers learn (0: all)
  --learning-rate L      (${DEFAULTS.learningRate})
  --weight-decay W       (${DEFAULTS.weightDecay})
  --warmup-steps N       (${DEFAULTS.warmupSteps})
  --block-tokens T       tokens of one block (${DEFAULTS.blockTokens})
  --accumulation N       blocks of one step (${DEFAULTS.gradientAccumulationSteps})
  --patience N           looks at held-out text without a gain after which training ends (${PATIENCE})
  --seed S               (${DEFAULTS.seed})
  --threads N            threads of the model (${DEFAULTS.threads})
  --model DIR            base model (default: the embedded model)
  --no-proof             leaves out what suggestions save; bits per character come from the training graph
  --json                 one JSON object on stdout at the end`;

/** Runs the command. */
export async function runTrain(args: string[]): Promise<void> {
  const options = parseTrainOptions(args);
  const { strings, flags } = options;
  const settings = settingsOf(options);
  const request: TrainingRequest = {
    source: await findSource(strings),
    modelFolder: strings.model,
    cacheFolder: defaultCacheFolder(),
    outFolder: strings.out,
    generalFile: strings.general === "" ? undefined : strings.general,
    settings,
    resume: flags.resume,
    patience: options.numbers.patience,
    skipsEvaluation: flags["no-proof"],
  };
  const outcome = await trainHere(request, {
    resumeHint: `inkling train ${resumeArguments(args)}`,
  });
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(trainingFigures(outcome))}\n`);
  } else process.stdout.write(`${describeOutcome(outcome, strings.out)}\n`);
}

type TrainOptions = ReturnType<typeof parseTrainOptions>;

function parseTrainOptions(args: string[]) {
  const { rank, alpha } = DEFAULTS;
  const options = parseOptions(args, {
    usage: USAGE,
    strings: {
      documents: "",
      heldout: "",
      examples: "",
      general: "",
      out: "",
      projections: PROJECTIONS.join(","),
      model: defaultModelFolder(),
    },
    numbers: {
      epochs: { fallback: DEFAULTS.epochs, min: 0.1, max: 100 },
      minutes: { fallback: 0, min: 0, max: 10_000 },
      rank: { fallback: rank, min: 1, max: 64, isInteger: true },
      alpha: { fallback: 0, min: 0, max: 1024 },
      layers: {
        fallback: DEFAULTS.lastLayers,
        min: 0,
        max: 100,
        isInteger: true,
      },
      "learning-rate": {
        fallback: DEFAULTS.learningRate,
        min: 1e-8,
        max: 1e6,
      },
      "weight-decay": { fallback: DEFAULTS.weightDecay, min: 0, max: 10 },
      "warmup-steps": {
        fallback: DEFAULTS.warmupSteps,
        min: 0,
        max: 100_000,
        isInteger: true,
      },
      "block-tokens": {
        fallback: DEFAULTS.blockTokens,
        min: 32,
        max: 1024,
        isInteger: true,
      },
      accumulation: {
        fallback: DEFAULTS.gradientAccumulationSteps,
        min: 1,
        max: 1024,
        isInteger: true,
      },
      patience: { fallback: PATIENCE, min: 1, max: 100_000, isInteger: true },
      seed: { fallback: DEFAULTS.seed, min: 0, max: 2 ** 31, isInteger: true },
      threads: {
        fallback: DEFAULTS.threads,
        min: 1,
        max: 64,
        isInteger: true,
      },
    },
    flags: ["resume", "json", "no-proof"],
  });
  const { strings, numbers } = options;
  if ((strings.documents === "") === (strings.examples === "")) {
    throw new UsageError(
      `Found ${strings.documents === "" ? "neither" : "both"} --documents and --examples, expected one of them\n\n${USAGE}`,
    );
  }
  if (strings.out === "") {
    throw new UsageError(`Found no --out, expected a folder\n\n${USAGE}`);
  }
  if (numbers.alpha === 0) {
    numbers.alpha = (alpha / rank) * numbers.rank;
  }
  return options;
}

function settingsOf({ strings, numbers }: TrainOptions): TrainingSettings {
  return {
    ...DEFAULTS,
    rank: numbers.rank,
    alpha: numbers.alpha,
    projections: parseProjections(strings.projections),
    lastLayers: numbers.layers,
    learningRate: numbers["learning-rate"],
    weightDecay: numbers["weight-decay"],
    warmupSteps: numbers["warmup-steps"],
    epochs: numbers.epochs,
    maxMinutes: numbers.minutes === 0 ? undefined : numbers.minutes,
    blockTokens: numbers["block-tokens"],
    gradientAccumulationSteps: numbers.accumulation,
    seed: numbers.seed,
    threads: numbers.threads,
  };
}

function parseProjections(list: string): Projection[] {
  const names = list.split(",").map((name) => name.trim());
  const isProjection = (name: string): name is Projection =>
    (PROJECTIONS as readonly string[]).includes(name);
  const unknown = names.find((name) => !isProjection(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--projections has "${unknown}", expected some of ${PROJECTIONS.join(",")}\n\n${USAGE}`,
    );
  }
  return names.filter(isProjection);
}

async function findSource(strings: {
  documents: string;
  heldout: string;
  examples: string;
}): Promise<TrainingSource> {
  if (strings.examples === "") return findDocuments(strings);
  requireExisting("--examples", strings.examples);
  return { kind: "examples", file: path.resolve(strings.examples) };
}
