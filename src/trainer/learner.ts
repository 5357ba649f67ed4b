// The model that learns, loaded: its graph in a session, its parameters, and where their results are written.

import { copyFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../common/atomicFile";
import { seededRandom } from "../common/random";
import { isFastestInt8Exact } from "../engine/fastestInt8";
import type { ModelFolder } from "../model/files/modelFolder";
import { writeAdapter } from "../adapters/peftAdapter";
import { writeSafetensorsFile } from "../formats/safetensorsWriter";
import { buildTrainingGraph } from "../model/graphs/trainingGraph";
import type { AdapterManifest, TrainingSettings } from "../protocol/training";
import { createSession } from "../runtime/session";
import { GraphModel, initialParameters } from "../training/graphModel";
import type { Parameter } from "../training/trainingModel";

/** A loaded model; whoever loaded it disposes of it, once. */
export interface Learner {
  model: GraphModel;
  dispose(): Promise<void>;
}

/** Builds the graph for the weights of a training folder and loads it. */
export async function loadLearner(
  folder: ModelFolder,
  settings: TrainingSettings,
): Promise<Learner> {
  const { graph, parameters } = buildTrainingGraph(folder, settings);
  const session = await createSession(graph, {
    weightsFolder: folder.weightsFolder,
    threads: settings.threads,
    sharesWeights: true,
    usesFastestInt8: await isFastestInt8Exact(),
    flushesDenormals: true,
    plansMemory: false,
  });
  const values = initialParameters(parameters, seededRandom(settings.seed));
  return {
    model: new GraphModel(session, values),
    dispose: () => session.release(),
  };
}

/**
 * Writes what was learned: an adapter for `base`, or a whole model folder after full training. Without a manifest it is
 * for measuring by the graphs that ship, not for keeping.
 */
export function writeResult(
  outFolder: string,
  {
    parameters,
    base,
    settings: { method, rank, alpha },
    manifest,
  }: {
    parameters: readonly Parameter[];
    base: ModelFolder;
    settings: TrainingSettings;
    manifest?: AdapterManifest;
  },
): void {
  if (method === "lora") {
    const adapter = { rank, alpha, pairs: pairsOf(parameters), manifest };
    writeAdapter(outFolder, adapter, base);
  } else writeModel(outFolder, { parameters, base });
}

const LORA_NAME = /^base_model\.model\.(.+)\.(lora_A|lora_B)\.weight$/;

function pairsOf(parameters: readonly Parameter[]) {
  const pairs = new Map<string, { loraA: Float32Array; loraB: Float32Array }>();
  for (const { name, values } of parameters) {
    const [, part, matrix] = LORA_NAME.exec(name) ?? [];
    if (part === undefined) {
      throw new TypeError(
        `Cannot write an adapter: "${name}" learned, expected loraA and loraB alone`,
      );
    }
    const pair = pairs.get(part) ?? {
      loraA: new Float32Array(0),
      loraB: new Float32Array(0),
    };
    pair[matrix === "lora_A" ? "loraA" : "loraB"] = values;
    pairs.set(part, pair);
  }
  return pairs;
}

/** The base's folder with new weights, all of which learned. The weights come last: without them there is no model. */
function writeModel(
  outFolder: string,
  { parameters, base }: { parameters: readonly Parameter[]; base: ModelFolder },
): void {
  mkdirSync(outFolder, { recursive: true });
  for (const name of readdirSync(base.directory)) {
    const file = path.join(base.directory, name);
    // A link to a file is one too.
    if (WEIGHT_FILE.test(name) || !statSync(file).isFile()) continue;
    writeFileAtomically(path.join(outFolder, name), (partial) =>
      copyFileSync(file, partial),
    );
  }
  const headers = parameters.map(({ name, shape }) => ({
    name,
    dtype: "F32" as const,
    shape: [...shape],
  }));
  const load = () => parameters.map(({ values }) => bytesOf(values));
  writeFileAtomically(path.join(outFolder, "model.safetensors"), (partial) =>
    writeSafetensorsFile(partial, [{ headers, load }]),
  );
}

const WEIGHT_FILE = /\.safetensors(\.index\.json)?$/;

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
