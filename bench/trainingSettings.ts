// What rank, learning rate, layers and block length of an adapter give, on text for development: held-out loss before and
// after one pass over the training documents, and the loss on general prose. Chooses the defaults of training.
// npx tsx bench/trainingSettings.ts DEV GENERAL_FILE FLOAT_MODEL '{"rank": 16, "learningRate": 0.002}'…
// (FLOAT_MODEL: inkling export --dtype float32)
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../src/common/random";
import { openModelFolder } from "../src/model/files/modelFolder";
import { buildTrainingGraph } from "../src/model/graphs/trainingGraph";
import { defaultTrainingSettings } from "../src/settings/defaultTrainingSettings";
import type { TrainingSettings } from "../src/protocol/training";
import { createSession } from "../src/runtime/session";
import { loadTokenizer, type Tokenizer } from "../src/tokenizer/tokenizer";
import {
  documentSequence,
  fillBlock,
  planBlocks,
  type TokenBlock,
} from "../src/training/blocks";
import { evaluateBlocks } from "../src/training/evaluateBlocks";
import { GraphModel, initialParameters } from "../src/training/graphModel";
import { Trainer } from "../src/training/trainer";

/** Chapters of the book that are held out; the others are learned. */
const HELD_OUT = /ch1[5678]/;
const CHAPTERS = /ch\d+.*\.md$/;
/** How much is looked at, in tokens: enough to tell settings apart. */
const HELD_OUT_TOKENS = 3072;
const GENERAL_TOKENS = 2048;
const END_OF_TEXT = 0;

async function main([dev, general, model, ...choices]: string[]) {
  if (!dev || !general || !model || choices.length === 0) {
    throw new Error(
      "Usage: tsx bench/trainingSettings.ts DEV GENERAL_FILE FLOAT_MODEL SETTINGS…",
    );
  }
  const tokenizer = await loadTokenizer(model);
  for (const choice of choices) {
    const settings: TrainingSettings = {
      ...defaultTrainingSettings(2),
      epochs: 1,
      ...(JSON.parse(choice) as Partial<TrainingSettings>),
    };
    const chapters = readdirSync(dev)
      .filter((name) => CHAPTERS.test(name))
      .map((name) => path.join(dev, name));
    const blocksOf = (files: string[]) =>
      readBlocks(tokenizer, { files, blockTokens: settings.blockTokens });
    const figures = await train(model, settings, {
      training: blocksOf(chapters.filter((file) => !HELD_OUT.test(file))),
      heldOut: spread(
        blocksOf(chapters.filter((file) => HELD_OUT.test(file))),
        HELD_OUT_TOKENS / settings.blockTokens,
      ),
      general: spread(
        blocksOf([general]),
        GENERAL_TOKENS / settings.blockTokens,
      ),
    });
    console.log(choice, JSON.stringify(figures));
  }
}

function readBlocks(
  tokenizer: Tokenizer,
  { files, blockTokens }: { files: string[]; blockTokens: number },
): TokenBlock[] {
  const sequences = files.map((file) =>
    documentSequence(
      tokenizer.encode(readFileSync(file, "utf8")),
      END_OF_TEXT,
      tokenizer.bosIds,
    ),
  );
  const plan = planBlocks(sequences, { blockTokens });
  return plan.blocks.map((_, index) => fillBlock(plan, index));
}

/** `count` blocks, evenly taken. */
function spread(blocks: TokenBlock[], count: number): TokenBlock[] {
  const step = Math.max(1, Math.floor(blocks.length / count));
  return blocks.filter((_, index) => index % step === 0).slice(0, count);
}

async function train(
  modelFolder: string,
  settings: TrainingSettings,
  blocks: Record<"training" | "heldOut" | "general", TokenBlock[]>,
) {
  const folder = openModelFolder(modelFolder);
  const { graph, parameters } = buildTrainingGraph(folder, settings);
  const session = await createSession(graph, {
    weightsFolder: folder.weightsFolder,
    threads: settings.threads,
    sharesWeights: true,
  });
  try {
    const model = new GraphModel(
      session,
      initialParameters(parameters, seededRandom(settings.seed)),
    );
    const { signal } = new AbortController();
    const turn = () => Promise.resolve();
    const lossOf = async (looked: TokenBlock[]) => {
      const sum = await evaluateBlocks(model, { blocks: looked, signal, turn });
      return sum!.loss / sum!.weight;
    };
    const before = await lossOf(blocks.heldOut);
    const generalBefore = await lossOf(blocks.general);
    const trainer = new Trainer(model, {
      training: blocks.training,
      heldOut: blocks.heldOut.slice(0, 1),
      tokensOf: ({ numTargets }) => numTargets,
      settings,
      stepsBetweenLooks: () => Infinity,
      patience: Infinity,
      signal,
      turn,
      onStep: () => {},
      saveCheckpoint: () => {},
      checkpointEverySeconds: Infinity,
    });
    await trainer.run();
    const after = await lossOf(blocks.heldOut);
    const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(2)}%`;
    return {
      heldOutLoss: { before, after, change: percent(after / before) },
      general: percent((await lossOf(blocks.general)) / generalBefore),
      steps: trainer.numbers.step,
      residentMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    };
  } finally {
    await session.release();
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
