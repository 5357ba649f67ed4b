// Derives the weights of the prefill graph from a model's own: int8 with one scale per output, the form whose products
// of many rows are two to three times as fast as those of 4-bit blocks. Made once on first load and kept in a cache
// folder; the file is some 130 MB for the embedded model, read by memory mapping.

import path from "node:path";
import { stampOf } from "../files/baseHash";
import {
  findDerivedFolder,
  isAsWritten,
  openDerivedFolder,
  type Derivation,
} from "../files/derivedFolder";
import { dequantiseGroup } from "./dequantiseGroup";
import { copiedBatches, int8Headers, int8Tensors } from "./int8Matrix";
import type { ModelFolder } from "../files/modelFolder";
import type { TensorBatch } from "../../formats/safetensorsWriter";
import { countRows } from "../files/weightGroups";
import { layerGroups } from "../files/weightNames";

const DERIVATION: Derivation = { suffix: "", version: 1, batches };

/** The derived folder of a model as its files are now, unchecked; undefined where none is known. */
export function findPrefillFolder(
  folder: ModelFolder,
  cacheFolder: string,
): string | undefined {
  return findDerivedFolder(folder, { derivation: DERIVATION, cacheFolder });
}

/** Opens the derived folder of a model, making it first when it is not there or not what was written. */
export function openPrefillFolder(
  folder: ModelFolder,
  cacheFolder: string,
): ModelFolder {
  return openDerivedFolder(folder, { derivation: DERIVATION, cacheFolder });
}

/** The state of the derived weights' file; another one when they were made anew. */
export function stampPrefill(directory: string): string {
  return stampOf(path.join(directory, "model.safetensors"));
}

/** Whether the derived weights that were loaded still are those, and what was written: reads all of them. */
export function isPrefillSound({
  directory,
  stamp,
}: {
  directory: string;
  stamp: string;
}): boolean {
  try {
    return stampPrefill(directory) === stamp && isAsWritten(directory);
  } catch {
    return false; // They are gone.
  }
}

function batches(folder: ModelFolder): TensorBatch[] {
  const { config } = folder;
  const result = copiedBatches(folder);
  for (let layer = 0; layer < config.numLayers; layer++) {
    for (const group of Object.values(layerGroups(config, layer))) {
      result.push({
        headers: int8Headers(`${group.name}.int8`, {
          numInputs: group.numColumns,
          numOutputs: countRows(group),
        }),
        load: () => int8Tensors(dequantiseGroup(folder, group), group),
      });
    }
  }
  return result;
}
