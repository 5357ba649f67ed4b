// inkling pretrain: a small model from nothing, with a tokenizer of its own, by the same engine that trains adapters.

import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { requireRoom } from "../common/writeFault";
import { readDocument } from "../documents/readDocument";
import { writeFreshModel } from "../model/import/freshModel";
import { defaultTrainingSettings } from "../settings/defaultTrainingSettings";
import type {
  DocumentReference,
  TrainingRequest,
  TrainingSettings,
} from "../protocol/training";
import { buildBpeFiles, trainBpe } from "../tokenizer/trainBpe";
import { parseOptions, UsageError } from "./options";
import { defaultCacheFolder } from "./places";
import { threadsFor } from "../settings/threads";
import { describeOutcome, trainingFigures } from "./trainingFigures";
import { findDocuments, resumeArguments, trainHere } from "./trainHere";

/** A model that starts from nothing wants larger steps than an adapter, and more of them. */
const DEFAULTS: TrainingSettings = {
  ...defaultTrainingSettings(threadsFor("training")),
  method: "full",
  learningRate: 2e-3,
  weightDecay: 0.1,
  warmupSteps: 20,
  epochs: 20,
  blockTokens: 128,
  gradientAccumulationSteps: 4,
};

const HEAD_DIM = 32;

const USAGE = `inkling pretrain --documents DIR --out DIR [options]
Makes a GPT from nothing: a byte-level BPE tokenizer and a model, both learned from the texts alone.
"inkling complete --model DIR" continues a text with it.

  --documents DIR        texts to learn from; some are held out unless --heldout says which
  --heldout DIR          texts to measure on, never learned from
  --out DIR              where the model goes: a new or empty folder
  --resume               goes on from the checkpoint in --out
  --family NAME          gpt2 or llama (gpt2)
  --layers L             (4)
  --width D              size of the embedding (128)
  --heads H              (width / ${HEAD_DIM})
  --vocab N              tokens of the vocabulary at the most (2048)
  --minutes M            trains for so long at the most, with the schedule fitted to it
  --epochs N             passes over the text (${DEFAULTS.epochs})
  --block-tokens T       tokens of one block, and the model's context (${DEFAULTS.blockTokens})
  --batch N              blocks of one step (${DEFAULTS.gradientAccumulationSteps})
  --learning-rate L      (${DEFAULTS.learningRate})
  --weight-decay W       (${DEFAULTS.weightDecay})
  --warmup-steps N       (${DEFAULTS.warmupSteps})
  --seed S               (${DEFAULTS.seed})
  --threads N            (${DEFAULTS.threads})
  --json                 one JSON object on stdout at the end`;

/** Runs the command. */
export async function runPretrain(args: string[]): Promise<void> {
  const options = parsePretrainOptions(args);
  const { strings, flags } = options;
  requireRoom({ action: "pretrain in", place: strings.out });
  const source = await findDocuments(strings);
  const start = path.join(strings.out, "checkpoint.start");
  if (!flags.resume || !existsSync(start)) {
    requireNewFolder(strings.out, start);
    await writeStart(start, { training: source.training, options });
  }
  const request: TrainingRequest = {
    source,
    modelFolder: start,
    cacheFolder: defaultCacheFolder(),
    outFolder: strings.out,
    generalFile: undefined,
    settings: settingsOf(options),
    resume: flags.resume,
    skipsEvaluation: true,
  };
  const outcome = await trainHere(request, {
    resumeHint: `inkling pretrain ${resumeArguments(args)}`,
  });
  rmSync(start, { recursive: true, force: true });
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(trainingFigures(outcome))}\n`);
  } else {
    const [first, ...rest] = describeOutcome(outcome, strings.out).split("\n");
    const figures = rest.filter((line) => !line.startsWith("Whether"));
    process.stdout.write(`${[first, ...figures].join("\n")}\n`);
  }
}

type PretrainOptions = ReturnType<typeof parsePretrainOptions>;

function parsePretrainOptions(args: string[]) {
  const count = (fallback: number, max: number, min = 1) => ({
    fallback,
    min,
    max,
    isInteger: true,
  });
  const options = parseOptions(args, {
    usage: USAGE,
    strings: { documents: "", heldout: "", out: "", family: "gpt2" },
    numbers: {
      layers: count(4, 48),
      width: count(128, 4096, 8),
      heads: count(0, 64, 0),
      vocab: count(2048, 100_000, 257),
      minutes: { fallback: 0, min: 0, max: 10_000 },
      epochs: { fallback: DEFAULTS.epochs, min: 0.1, max: 100 },
      "block-tokens": count(DEFAULTS.blockTokens, 1024, 32),
      batch: count(DEFAULTS.gradientAccumulationSteps, 1024),
      "learning-rate": {
        fallback: DEFAULTS.learningRate,
        min: 1e-6,
        max: 0.01,
      },
      "weight-decay": { fallback: DEFAULTS.weightDecay, min: 0, max: 10 },
      "warmup-steps": count(DEFAULTS.warmupSteps, 100_000, 0),
      seed: count(DEFAULTS.seed, 2 ** 31, 0),
      threads: count(DEFAULTS.threads, 64),
    },
    flags: ["resume", "json"],
  });
  const { strings, numbers } = options;
  for (const name of ["documents", "out"] as const) {
    if (strings[name] !== "") continue;
    throw new UsageError(`Found no --${name}, expected a folder\n\n${USAGE}`);
  }
  if (numbers.heads === 0) {
    numbers.heads = Math.max(1, Math.round(numbers.width / HEAD_DIM));
  }
  return { ...options, family: parseFamily(strings.family) };
}

function parseFamily(name: string): "gpt2" | "llama" {
  if (name === "gpt2" || name === "llama") return name;
  throw new UsageError(
    `--family is "${name}", expected gpt2 or llama\n\n${USAGE}`,
  );
}

function settingsOf({ numbers }: PretrainOptions): TrainingSettings {
  return {
    ...DEFAULTS,
    epochs: numbers.epochs,
    maxMinutes: numbers.minutes === 0 ? undefined : numbers.minutes,
    blockTokens: numbers["block-tokens"],
    gradientAccumulationSteps: numbers.batch,
    learningRate: numbers["learning-rate"],
    weightDecay: numbers["weight-decay"],
    warmupSteps: numbers["warmup-steps"],
    seed: numbers.seed,
    threads: numbers.threads,
  };
}

/** What lies in the folder already is found out before a tokenizer is trained for nothing. */
function requireNewFolder(out: string, start: string): void {
  if (!existsSync(start)) return;
  throw new Error(
    `Cannot pretrain into ${out}: it holds a run that was broken off, expected a new or empty folder; --resume goes on with it`,
  );
}

/** The model before training: a tokenizer of the texts and random weights. */
async function writeStart(
  directory: string,
  {
    training,
    options,
  }: { training: readonly DocumentReference[]; options: PretrainOptions },
): Promise<void> {
  const { numbers, family } = options;
  const vocabulary = trainBpe(await readTexts(training), {
    vocabSize: numbers.vocab,
  });
  process.stderr.write(
    `A tokenizer of ${vocabulary.tokens.length} tokens was learned\n`,
  );
  writeFreshModel(
    directory,
    {
      architecture: family,
      vocabSize: vocabulary.tokens.length,
      embeddingDim: numbers.width,
      numLayers: numbers.layers,
      numHeads: numbers.heads,
      contextLength: numbers["block-tokens"],
      endTokenId: 0,
    },
    {
      seed: numbers.seed,
      files: new Map(Object.entries(buildBpeFiles(vocabulary))),
    },
  );
}

async function readTexts(
  references: readonly DocumentReference[],
): Promise<string[]> {
  const texts: string[] = [];
  for (const reference of references) {
    const read = await readDocument(reference);
    if ("text" in read) texts.push(read.text);
  }
  return texts;
}
