// The weights that training reads: float32, which gradients need. A quantised model's are derived once into the cache
// folder, some 540 MB for the embedded model, and mapped into memory from there; another model's are used as they are.
// Matrices that share their input stand below each other as one, so that one product computes them all.

import { dequantiseGroup, readFloats } from "./dequantiseGroup";
import { openDerivedFolder, type Derivation } from "../files/derivedFolder";
import type { ModelFolder } from "../files/modelFolder";
import { TRAINING_SUFFIX } from "../files/preparedWeights";
import type { TensorBatch } from "../../formats/safetensorsWriter";
import { countRows } from "../files/weightGroups";
import { allLinearGroups, allOtherWeights } from "../files/weightNames";
import { findTensor } from "../files/weights";

const DERIVATION: Derivation = {
  suffix: TRAINING_SUFFIX,
  version: 1,
  batches,
};

/** The folder for `buildTrainingGraph` and its session's external weights. */
export function openTrainingFolder(
  folder: ModelFolder,
  cacheFolder: string,
): ModelFolder {
  return folder.config.quantization
    ? openDerivedFolder(folder, { derivation: DERIVATION, cacheFolder })
    : folder;
}

/** Every weight; a group of linear layers under the group's name, [rows of all parts, numColumns]. */
function batches(folder: ModelFolder): TensorBatch[] {
  const groups = allLinearGroups(folder.config).map((group): TensorBatch => {
    const shape = [countRows(group), group.numColumns];
    return {
      headers: [{ name: `${group.name}.weight`, dtype: "F32", shape }],
      load: () => [bytesOf(dequantiseGroup(folder, group))],
    };
  });
  const others = allOtherWeights(folder.config).map(
    ({ name, shape }): TensorBatch => ({
      headers: [{ name, dtype: "F32", shape }],
      load: () => [bytesOf(readFloats(findTensor(folder, name, shape)))],
    }),
  );
  return [...groups, ...others];
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
