// Imports a model: a GGUF file or a Hugging Face folder becomes a model folder with packed weights.
// Everything is checked before the first byte is written, and the folder appears whole or not at all.

import { statSync } from "node:fs";
import path from "node:path";
import { requireRoom } from "../../common/writeFault";
import { QUANTIZATION_VERSION } from "../files/config";
import { openFolderSource } from "./folderSource";
import { openGgufSource, type BuildTokenizerFiles } from "./ggufSource";
import {
  defaultPacking,
  describePacking,
  floatBytes,
  planGroup,
  readSourceFloats,
  refuseDamage,
  sourceFormats,
  type Packing,
} from "./packing";
import {
  bytesOfBatches,
  writeSafetensors,
  type TensorBatch,
} from "../../formats/safetensorsWriter";
import { biasWeights } from "../files/weightGroups";
import {
  allLinearGroups,
  allOtherWeights,
  allWeights,
  embeddingGroup,
  headGroup,
  type LinearGroup,
} from "../files/weightNames";
import { findSourceTensor, type WeightSource } from "./weightSource";
import {
  checkTarget,
  writeAwaitedFolder,
  writeContent,
} from "../files/writeFolder";

/** What to import and how. */
export interface ImportOptions {
  /** A GGUF file or a folder. */
  source: string;
  /** The folder to be made. */
  directory: string;
  /** Throws where the files that it makes could not be read as a tokenizer. */
  buildTokenizerFiles: BuildTokenizerFiles;
  /** Throws where the tokenizer's files of a folder cannot be read; this folder knows no text. */
  checkTokenizer?: (directory: string) => Promise<void>;
  /** Chosen from the source when left out: its own blocks where they can be kept exactly. */
  linear?: Packing;
  embedding?: Packing;
  /** How the inputs of each linear group go together, by its name: rounding then makes up for what it loses. */
  gramMatrices?: ReadonlyMap<string, Float32Array>;
  name?: string;
  mayReplace?: boolean;
  /** Adds what is measured on the model itself, before it is in its place; when that fails there is no model. */
  complete?: (temporary: string) => Promise<void>;
  onProgress?: (fraction: number) => void;
}

/** How the matrices of one name were stored, those of all layers together where they were stored alike. */
export interface PackingChoice {
  /** The name without the layer's number, as `self_attn.qkv_proj`. */
  name: string;
  numMatrices: number;
  /** Their layouts in the source. */
  from: string;
  to: string;
}

const ACTION = "import a model to";

/**
 * Throws where `importModel` would before it writes: the source is damaged or of a kind that cannot be read, its
 * tokenizer cannot be read, or the place holds files or lacks room. For callers that measure for long before they import.
 */
export async function checkImport(options: ImportOptions): Promise<void> {
  await prepareImport(options);
}

async function prepareImport(options: ImportOptions) {
  const { directory, mayReplace = false } = options;
  checkTarget(directory, { mayReplace });
  const source = await openSource(options);
  const plan = planImport(source, options);
  const neededBytes = bytesOfBatches(plan.batches);
  requireRoom({ action: ACTION, place: directory, neededBytes });
  return { source, plan, neededBytes };
}

/** Imports a model and says how it was packed; throws before anything is written where `checkImport` does. */
export async function importModel(
  options: ImportOptions,
): Promise<PackingChoice[]> {
  const { directory, mayReplace = false, onProgress } = options;
  const { source, plan, neededBytes } = await prepareImport(options);
  await writeAwaitedFolder(directory, {
    mayReplace,
    action: ACTION,
    neededBytes,
    write: async (temporary) => {
      writeSafetensors(temporary, plan.batches, {
        ...(onProgress && { onProgress }),
      });
      writeContent(path.join(temporary, "config.json"), plan.configJson);
      for (const [name, content] of source.files) {
        writeContent(path.join(temporary, name), content);
      }
      await options.complete?.(temporary);
    },
  });
  return plan.choices;
}

async function openSource({
  source,
  buildTokenizerFiles,
  checkTokenizer,
}: ImportOptions): Promise<WeightSource> {
  const stats = statSync(source, { throwIfNoEntry: false });
  if (!stats) {
    throw new Error(
      `Cannot import ${source}: there is no such file, expected a GGUF file or a folder with config.json`,
    );
  }
  if (!stats.isDirectory()) {
    return await openGgufSource(source, { buildTokenizerFiles });
  }
  const folder = openFolderSource(source);
  await checkTokenizer?.(source);
  return folder;
}

/** Chooses the packings and lists every tensor in the order in which a forward pass reads it. */
function planImport(source: WeightSource, options: ImportOptions) {
  const { config } = source;
  const embedding = embeddingGroup(config).name;
  const head = headGroup(config).name;
  const chosen = new Map<LinearGroup, Packing>();
  const choose = (group: LinearGroup): Packing => {
    const isLookedUp = group.name === embedding;
    const isVocabulary = isLookedUp || group.name === head;
    const asked = isVocabulary ? options.embedding : options.linear;
    return asked ?? defaultPacking(source, group, { isVocabulary, isLookedUp });
  };
  const batches = allWeights(config).flatMap((weight) => {
    if (weight.kind === "other") return [planOther(source, weight)];
    const { group } = weight;
    const packing = choose(group);
    chosen.set(group, packing);
    return [
      planGroup(source, group, {
        packing,
        gram: options.gramMatrices?.get(group.name),
      }),
      ...biasWeights(group).map((bias) => planOther(source, bias)),
    ];
  });
  const isVocabulary = ({ name }: LinearGroup) =>
    name === embedding || name === head;
  refuseMinimums(source, batches[0]!);
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
            linear: distinct(
              [...chosen].filter(([group]) => !isVocabulary(group)),
            ),
            embedding: distinct(
              [...chosen].filter(([group]) => isVocabulary(group)),
            ),
            ...(options.gramMatrices && { rounding: "compensated" }),
          },
        }
      : source.configJson,
    choices: summarise(source, chosen),
  };
}

/** The packing that all have, or a list of those that there are. */
function distinct(chosen: [LinearGroup, Packing][]): Packing | Packing[] {
  const packings = new Map(
    chosen.map(([, packing]) => [describePacking(packing), packing]),
  );
  const [first, ...others] = packings.values();
  return others.length > 0 ? [first!, ...others] : first!;
}

/** Counts what was stored alike. */
function summarise(
  source: WeightSource,
  chosen: ReadonlyMap<LinearGroup, Packing>,
): PackingChoice[] {
  const choices = new Map<string, PackingChoice>();
  for (const [group, packing] of chosen) {
    const name = group.name.replace(/^.*?\.(?:layers|h)\.\d+\./, "");
    const from = sourceFormats(source, group);
    const to = describePacking(packing);
    const key = [name, from, to].join();
    const known = choices.get(key);
    if (known) known.numMatrices++;
    else choices.set(key, { name, numMatrices: 1, from, to });
  }
  return [...choices.values()];
}

/** Rows are looked up by `GatherBlockQuantized`, which knows no minimums. */
function refuseMinimums(source: WeightSource, embedding: TensorBatch): void {
  if (embedding.headers.some(({ name }) => name.endsWith(".minimums"))) {
    throw new TypeError(
      `Cannot import ${source.path}: its embedding would have minimums, expected a packing without (q4, q8, or exact Q4_0 or Q8_0)`,
    );
  }
}

/** Norms, biases and learned positions are few: always fp32. */
function planOther(
  source: WeightSource,
  { name, shape }: { name: string; shape: number[] },
): TensorBatch {
  const tensor = findSourceTensor(source, name, shape);
  return {
    headers: [{ name, dtype: "F32", shape }],
    load: () => {
      refuseDamage(source, tensor);
      return [floatBytes(readSourceFloats(tensor), { dtype: "F32" })];
    },
  };
}

/** A tensor that no graph uses (a bias, a rotary factor) would be lost without a word, so it is refused. */
function refuseOtherTensors(source: WeightSource): void {
  const { config } = source;
  const known = new Set([
    ...allOtherWeights(config).map(({ name }) => name),
    ...allLinearGroups(config).flatMap(({ parts }) =>
      parts.map(({ name }) => `${name}.weight`),
    ),
  ]);
  for (const name of source.tensors.keys()) {
    if (!known.has(name)) {
      throw new TypeError(
        `Cannot import ${source.path}: tensor "${name}" has no place in a "${String(source.configJson["model_type"])}" model of ${config.numLayers} layers, expected none beside those that its config asks for`,
      );
    }
  }
}
