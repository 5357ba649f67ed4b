// The weights that training reads, derived once into the cache folder from those of a quantised model and mapped into
// memory from there; another model's are used as they are. Two forms: int8, each matrix once for the products of the
// forward pass and once for those of the backward one, some 300 MB for the embedded model, and float32, some 540 MB, for
// processors whose fast int8 products are not exact. Matrices that share their input stand below each other as one, so
// that one product computes them all.

import type { TensorBatch } from "../../formats/safetensorsWriter";
import { openDerivedFolder, type Derivation } from "../files/derivedFolder";
import type { ModelFolder } from "../files/modelFolder";
import { TRAINING_SUFFIX } from "../files/preparedWeights";
import { countRows, type LinearGroup } from "../files/weightGroups";
import {
  allLinearGroups,
  allOtherWeights,
  embeddingGroup,
  headGroup,
} from "../files/weightNames";
import { BACKWARD_SUFFIX, findTensor, FORWARD_SUFFIX } from "../files/weights";
import { dequantiseGroup, readFloats } from "./dequantiseGroup";
import { int8BackwardTensors, int8Headers, int8Tensors } from "./int8Matrix";

/** The numbers that frozen products are computed with. */
export type TrainingForm = "int8" | "float32";

const DERIVATIONS: Record<TrainingForm, Derivation> = {
  float32: { suffix: TRAINING_SUFFIX, version: 1, batches: floatBatches },
  int8: { suffix: `-int8${TRAINING_SUFFIX}`, version: 1, batches: int8Batches },
};

/** The folder for `buildTrainingGraph` and its session's external weights. */
export function openTrainingFolder(
  folder: ModelFolder,
  cacheFolder: string,
  form: TrainingForm = "float32",
): ModelFolder {
  return folder.config.quantization
    ? openDerivedFolder(folder, { derivation: DERIVATIONS[form], cacheFolder })
    : folder;
}

/** Every weight; a group of linear layers under the group's name, [rows of all parts, numColumns]. */
function floatBatches(folder: ModelFolder): TensorBatch[] {
  return [
    ...allLinearGroups(folder.config).map((group) => floatBatch(folder, group)),
    ...otherBatches(folder),
  ];
}

/**
 * The matrices of the layers as int8. The output head stays float32: its gradients have one large entry a row and fifty
 * thousand small ones, which 8 bits would take away.
 */
function int8Batches(folder: ModelFolder): TensorBatch[] {
  const { config } = folder;
  const atTheEnds = new Set(
    [embeddingGroup(config), headGroup(config)].map(({ name }) => name),
  );
  const groups = allLinearGroups(config).map((group): TensorBatch => {
    if (atTheEnds.has(group.name)) return floatBatch(folder, group);
    const load = () => {
      const weights = dequantiseGroup(folder, group);
      return [
        ...int8Tensors(weights, group),
        ...int8BackwardTensors(weights, group),
      ];
    };
    return { headers: int8TrainingHeaders(group), load };
  });
  return [...groups, ...otherBatches(folder)];
}

function floatBatch(folder: ModelFolder, group: LinearGroup): TensorBatch {
  const shape = [countRows(group), group.numColumns];
  return {
    headers: [{ name: `${group.name}.weight`, dtype: "F32", shape }],
    load: () => [bytesOf(dequantiseGroup(folder, group))],
  };
}

/** Norms, biases and learned positions. */
function otherBatches(folder: ModelFolder): TensorBatch[] {
  return allOtherWeights(folder.config).map(({ name, shape }) => ({
    headers: [{ name, dtype: "F32" as const, shape }],
    load: () => [bytesOf(readFloats(findTensor(folder, name, shape)))],
  }));
}

function int8TrainingHeaders(group: LinearGroup) {
  const numRows = countRows(group);
  const { name, numColumns } = group;
  return [
    ...int8Headers(name + FORWARD_SUFFIX, {
      numInputs: numColumns,
      numOutputs: numRows,
    }),
    ...int8Headers(name + BACKWARD_SUFFIX, {
      numInputs: numRows,
      numOutputs: numColumns,
    }),
  ];
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
