// Opens a model folder: Hugging Face's file names, weights left on disk.

import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { followLink, readJson } from "../../common/ordinaryFile";
import { parseModelConfig, type ModelConfig } from "./config";
import {
  describeNoFolder,
  describeQuantization,
  describeWithoutConfig,
  describeWithoutWeights,
  type OtherKind,
} from "./otherFolders";
import {
  readSafetensorsHeader,
  type TensorLocation,
} from "../../formats/safetensors";
import { canonicalName } from "./weightNames";

/** A model on disk: what it is, and where each of its weights lies. */
export interface ModelFolder {
  directory: string;
  /** Where its weights lie: elsewhere where they are links, as in Hugging Face's cache. ONNX Runtime follows none. */
  weightsFolder: string;
  name: string;
  config: ModelConfig;
  /** By the names of weightNames.ts. */
  tensors: Map<string, TensorLocation>;
}

/** Opens a folder with `config.json` and `model*.safetensors`; throws an error that says what is missing. */
export function openModelFolder(directory: string): ModelFolder {
  const fault = ({ state, expected }: OtherKind) =>
    new Error(
      `Cannot open model folder ${directory}: ${state}, expected ${expected}`,
    );
  const status = statSync(directory, { throwIfNoEntry: false });
  if (!status?.isDirectory()) throw fault(describeNoFolder(directory));
  const configFile = path.join(directory, "config.json");
  if (!existsSync(configFile)) throw fault(describeWithoutConfig(directory));
  const configJson = readJson(configFile);
  const quantization = describeQuantization(configJson);
  if (quantization) throw fault(quantization);
  const config = parseModelConfig(configJson, configFile);
  const files = listWeightFiles(directory);
  if (files.length === 0) throw fault(describeWithoutWeights(directory));
  const tensors = new Map<string, TensorLocation>();
  for (const file of files) {
    for (const [name, location] of readSafetensorsHeader(
      path.join(directory, file),
    )) {
      const known = canonicalName(config, name);
      if (known !== undefined) tensors.set(known, location);
    }
  }
  checkLayers(configFile, { config, tensors });
  const name = config.quantization?.name ?? path.basename(directory);
  const weightsFolder = findWeightsFolder(directory, files);
  return { directory, weightsFolder, name, config, tensors };
}

/** The folder of the files themselves; a graph can name one only. */
function findWeightsFolder(directory: string, files: string[]): string {
  const folders = new Set(
    files.map((file) => path.dirname(followLink(path.join(directory, file)))),
  );
  const [folder, other] = folders;
  if (folder !== undefined && other === undefined) return folder;
  throw new Error(
    `Cannot open model folder ${directory}: its weights are links into ${folder} and ${other}, expected all of them in one folder`,
  );
}

/** Throws unless the weights have the layers that the config speaks of, all of them and no more. */
function checkLayers(
  configFile: string,
  { config, tensors }: Pick<ModelFolder, "config" | "tensors">,
): void {
  let numLayers = 0;
  for (const name of tensors.keys()) {
    const layer = /(?:^|\.)(?:layers|h)\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined) numLayers = Math.max(numLayers, Number(layer) + 1);
  }
  if (numLayers !== config.numLayers && numLayers > 0) {
    throw new RangeError(
      `Cannot read ${configFile}: it speaks of ${config.numLayers} layers, expected ${numLayers} as the weights beside it have`,
    );
  }
}

/** As transformers chooses: one file, else those of the index; without an index every shard that is there. */
function listWeightFiles(directory: string): string[] {
  const single = "model.safetensors";
  if (existsSync(path.join(directory, single))) return [single];
  const index = path.join(directory, "model.safetensors.index.json");
  if (existsSync(index)) return readIndex(index);
  return readdirSync(directory)
    .filter((file) => /^model.*\.safetensors$/.test(file))
    .sort();
}

function readIndex(index: string): string[] {
  const json = readJson(index) as { weight_map?: unknown } | null;
  const files = [...new Set<unknown>(Object.values(json?.weight_map ?? {}))];
  return files.map((file) => {
    if (typeof file !== "string" || path.basename(file) !== file) {
      throw new TypeError(
        `Cannot read ${index}: weight_map names ${JSON.stringify(file)}, expected a file beside it`,
      );
    }
    if (!existsSync(path.join(path.dirname(index), file))) {
      throw new Error(
        `Cannot open model folder ${path.dirname(index)}: ${file} is missing, expected it from ${path.basename(index)}`,
      );
    }
    return file;
  });
}
