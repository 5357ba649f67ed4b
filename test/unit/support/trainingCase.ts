// A training run that takes seconds: a tiny model, texts that it can learn, and bundles for processes of their own.

import { buildSync } from "esbuild";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../../../src/common/random";
import { defaultTrainingSettings } from "../../../src/settings/defaultTrainingSettings";
import type {
  DocumentReference,
  TrainingRequest,
  TrainingSettings,
} from "../../../src/protocol/training";
import { makeTinyModel } from "./tinyModel";
import { TINY_TOKENIZER_FILES } from "./tinyTokenizer";

/** Native modules are found from the project, wherever a bundle lies. */
process.env.NODE_PATH = path.resolve("node_modules");

/** A tiny Llama with a tokenizer; the caller removes it with `removeTinyModel`. */
export function makeTinyTextModel(seed: number) {
  const folder = makeTinyModel(seed);
  for (const [name, content] of Object.entries(TINY_TOKENIZER_FILES)) {
    writeFileSync(path.join(folder.directory, name), JSON.stringify(content));
  }
  return folder;
}

const WORDS =
  "the hello world and help a king an old ring sang to her in the winter of all things that were told".split(
    " ",
  );

/** Sentences of a few words, different for each seed. */
export function makeText(seed: number, numSentences: number): string {
  const random = seededRandom(seed);
  const sentence = () =>
    Array.from(
      { length: 5 + Math.floor(6 * random()) },
      () => WORDS[Math.floor(random() * WORDS.length)],
    ).join(" ");
  return Array.from({ length: numSentences }, () => `${sentence()}.\n`).join(
    "",
  );
}

/** A request of a few dozen quick steps; `root` is a folder of its own. */
export function makeRequest(
  root: string,
  {
    modelFolder,
    settings = {},
    ...changes
  }: { modelFolder: string; settings?: Partial<TrainingSettings> } & Partial<
    Omit<TrainingRequest, "settings">
  >,
): TrainingRequest {
  mkdirSync(root, { recursive: true });
  const write = (name: string, text: string): DocumentReference => {
    const file = path.join(root, name);
    writeFileSync(file, text);
    return { file, name };
  };
  return {
    source: {
      kind: "documents",
      training: [1, 2, 3].map((seed) =>
        write(`learn-${seed}.md`, makeText(seed, 40)),
      ),
      heldOut: [write("held-out.md", makeText(9, 20))],
    },
    modelFolder,
    cacheFolder: path.join(root, "cache"),
    outFolder: path.join(root, "out"),
    generalFile: undefined,
    settings: {
      ...defaultTrainingSettings(1),
      rank: 2,
      alpha: 4,
      epochs: 2,
      blockTokens: 64,
      gradientAccumulationSteps: 2,
      ...settings,
    },
    resume: false,
    skipsEvaluation: true,
    ...changes,
  };
}

/** Bundles an entry for a process of its own. */
export function bundle(entry: string, outfile: string): string {
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["onnxruntime-node", "sharp", "onnxruntime-web"],
    logLevel: "error",
  });
  return outfile;
}
