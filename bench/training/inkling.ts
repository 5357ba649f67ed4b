// One LoRA step at a time by the project's own engine, asked for by lines on stdin (bench/training.ts).
//
//   tsx bench/training/inkling.ts MODEL CACHE TOKENS THREADS

import { createInterface } from "node:readline";
import { seededRandom } from "../../src/common/random";
import { isFastestInt8Exact } from "../../src/engine/fastestInt8";
import { openModelFolder } from "../../src/model/files/modelFolder";
import { buildTrainingGraph } from "../../src/model/graphs/trainingGraph";
import { openTrainingFolder } from "../../src/model/quantise/trainingWeights";
import { createSession } from "../../src/runtime/session";
import { adamWStep, zeroMoments } from "../../src/training/adamW";
import { GraphModel, initialParameters } from "../../src/training/graphModel";

async function main(): Promise<void> {
  const [model, cacheFolder, tokens, threads] = process.argv.slice(2);
  const numTokens = Number(tokens);
  const isInt8Fast = await isFastestInt8Exact();
  const folder = openTrainingFolder(
    openModelFolder(model!),
    cacheFolder!,
    isInt8Fast ? "int8" : "float32",
  );
  const { graph, parameters } = buildTrainingGraph(folder, {
    method: "lora",
    rank: 8,
    alpha: 16,
    projections: ["q", "k", "v", "o", "gate", "up", "down"],
    lastLayers: 0,
    blockTokens: numTokens,
  });
  const session = await createSession(graph, {
    weightsFolder: folder.weightsFolder,
    threads: Number(threads),
    sharesWeights: true,
    usesFastestInt8: isInt8Fast,
    flushesDenormals: true,
    plansMemory: false,
  });
  const learning = initialParameters(parameters, seededRandom(1));
  const learner = new GraphModel(session, learning);
  const moments = zeroMoments(learning);
  const block = makeBlock(numTokens, folder.config.vocabSize);
  answer({
    parameters: learning.reduce((sum, { values }) => sum + values.length, 0),
  });
  let step = 0;
  const questions = createInterface({ input: process.stdin });
  const takeStep = async () => {
    const start = performance.now();
    const { loss, gradients } = await learner.computeGradients(block);
    for (const gradient of gradients) {
      for (let i = 0; i < gradient.length; i++) gradient[i]! /= numTokens;
    }
    adamWStep(learning, {
      gradients,
      moments,
      step: ++step,
      learningRate: 1e-4,
      weightDecay: 0,
    });
    const seconds = (performance.now() - start) / 1000;
    answer({ seconds, loss: loss / numTokens });
  };
  for await (const question of questions) {
    if (question !== "step") {
      throw new TypeError(`Cannot answer "${question}", expected "step"`);
    }
    await takeStep();
  }
  await session.release();
}

/** Token ids without meaning: the speed does not depend on them. */
function makeBlock(numTokens: number, vocabSize: number) {
  const ids = Array.from({ length: numTokens + 1 }, (_, i) =>
    BigInt((i * 7919) % vocabSize),
  );
  return {
    tokenIds: BigInt64Array.from(ids.slice(0, -1)),
    targetIds: BigInt64Array.from(ids.slice(1)),
    positions: BigInt64Array.from(ids.slice(1), (_, i) => BigInt(i)),
    documentIds: new BigInt64Array(numTokens),
    targetWeights: new Float32Array(numTokens).fill(1),
    numTargets: numTokens,
  };
}

function answer(fields: Record<string, number>): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

void main();
