// Imports a model: a GGUF file or a Hugging Face folder becomes a model folder with packed weights.
// Everything is checked before the first byte is written, and the folder appears whole or not at all.

import { statSync } from "node:fs";
import path from "node:path";
import { QUANTIZATION_VERSION } from "./config";
import { openFolderSource } from "./folderSource";
import { openGgufSource, type BuildTokenizerFiles } from "./ggufSource";
import {
  defaultEmbeddingPacking,
  defaultLinearPacking,
  floatBytes,
  planGroup,
  readSourceFloats,
  type Packing,
} from "./packing";
import { writeSafetensors, type TensorBatch } from "./safetensorsWriter";
import {
  embeddingGroup,
  FINAL_NORM_NAME,
  headGroup,
  layerGroups,
  layerNormNames,
  type LinearGroup,
} from "./weightNames";
import { findSourceTensor, type WeightSource } from "./weightSource";
import { checkTarget, writeContent, writeFolder } from "./writeFolder";

/** What to import and how. */
export interface ImportOptions {
  /** A GGUF file or a folder. */
  source: string;
  /** The folder to be made. */
  directory: string;
  buildTokenizerFiles: BuildTokenizerFiles;
  /** Chosen from the source when left out: its own blocks where they can be kept exactly. */
  linear?: Packing;
  embedding?: Packing;
  name?: string;
  mayReplace?: boolean;
  onProgress?: (fraction: number) => void;
}

/** Imports a model; throws before anything is written when the source is damaged or of a kind that cannot be read. */
export async function importModel(options: ImportOptions): Promise<void> {
  const { directory, mayReplace = false, onProgress } = options;
  checkTarget(directory, { mayReplace });
  const source = await openSource(options);
  const plan = planImport(source, options);
  writeFolder(directory, {
    mayReplace,
    write: (temporary) => {
      writeSafetensors(temporary, plan.batches, {
        ...(onProgress && { onProgress }),
      });
      writeContent(path.join(temporary, "config.json"), plan.configJson);
      for (const [name, content] of source.files) {
        writeContent(path.join(temporary, name), content);
      }
    },
  });
}

async function openSource({
  source,
  buildTokenizerFiles,
}: ImportOptions): Promise<WeightSource> {
  const stats = statSync(source, { throwIfNoEntry: false });
  if (!stats) {
    throw new Error(
      `Cannot import ${source}: there is no such file, expected a GGUF file or a folder with config.json`,
    );
  }
  return stats.isDirectory()
    ? openFolderSource(source)
    : await openGgufSource(source, { buildTokenizerFiles });
}

/** Chooses the packings and lists every tensor in the order in which a forward pass reads it. */
function planImport(source: WeightSource, options: ImportOptions) {
  const { config } = source;
  const layers = Array.from({ length: config.numLayers }, (_, layer) => ({
    norms: layerNormNames(layer),
    groups: layerGroups(config, layer),
  }));
  const linear =
    options.linear ??
    defaultLinearPacking(
      source,
      layers.flatMap(({ groups }) => Object.values(groups)),
    );
  const outer = [embeddingGroup(config)];
  if (!config.hasTiedEmbeddings) outer.push(headGroup(config));
  const embedding = options.embedding ?? defaultEmbeddingPacking(source, outer);

  const planLinear = (group: LinearGroup) =>
    planGroup(source, group, { packing: linear });
  const planOuter = (group: LinearGroup) =>
    planGroup(source, group, { packing: embedding });
  const embeddingBatch = planOuter(embeddingGroup(config));
  refuseMinimums(source, embeddingBatch);
  const batches = [
    embeddingBatch,
    ...layers.flatMap(({ norms, groups }) => [
      planNorm(source, norms.attention),
      planLinear(groups.queryKeyValue),
      planLinear(groups.attentionOutput),
      planNorm(source, norms.feedForward),
      planLinear(groups.gateUp),
      planLinear(groups.down),
    ]),
    planNorm(source, FINAL_NORM_NAME),
    ...outer.slice(1).map(planOuter),
  ];
  refuseOtherTensors(source);
  const isPacked = batches.some(({ headers }) =>
    headers.some(({ dtype }) => dtype === "U8"),
  );
  return {
    batches,
    configJson: isPacked
      ? {
          ...source.configJson,
          inklingQuantization: {
            version: QUANTIZATION_VERSION,
            name: options.name ?? source.name,
            source: path.basename(path.resolve(source.path)),
            linear,
            embedding,
          },
        }
      : source.configJson,
  };
}

/** Rows are looked up by `GatherBlockQuantized`, which knows no minimums. */
function refuseMinimums(source: WeightSource, embedding: TensorBatch): void {
  if (embedding.headers.some(({ name }) => name.endsWith(".minimums"))) {
    throw new TypeError(
      `Cannot import ${source.path}: its embedding would have minimums, expected a packing without (q4, q8, or exact Q4_0 or Q8_0)`,
    );
  }
}

/** Normalisation weights are few: always fp32. */
function planNorm(source: WeightSource, name: string): TensorBatch {
  const shape = [source.config.embeddingDim];
  const tensor = findSourceTensor(source, name, shape);
  return {
    headers: [{ name, dtype: "F32", shape }],
    load: () => [floatBytes(readSourceFloats(tensor), { dtype: "F32" })],
  };
}

/** A tensor that no graph uses (a bias, a rotary factor) would be lost without a word, so it is refused. */
function refuseOtherTensors(source: WeightSource): void {
  const known = new Set([FINAL_NORM_NAME]);
  const addGroup = ({ parts }: LinearGroup) =>
    parts.forEach(({ name }) => known.add(`${name}.weight`));
  addGroup(embeddingGroup(source.config));
  addGroup(headGroup(source.config));
  for (let layer = 0; layer < source.config.numLayers; layer++) {
    Object.values(layerGroups(source.config, layer)).forEach(addGroup);
    Object.values(layerNormNames(layer)).forEach((name) => known.add(name));
  }
  for (const name of source.tensors.keys()) {
    if (!known.has(name)) {
      throw new TypeError(
        `Cannot import ${source.path}: tensor "${name}" has no place in a Llama model of ${source.config.numLayers} layers, expected none beside its matrices and norms`,
      );
    }
  }
}
