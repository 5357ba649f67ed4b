// Exports a model folder as floating point under Hugging Face's own names, so that Python's transformers opens it.

import { copyFileSync, readdirSync } from "node:fs";
import path from "node:path";
import {
  dequantiseGroup,
  readFloats,
  transposeMatrix,
} from "../quantise/dequantiseGroup";
import type { ModelFolder } from "../files/modelFolder";
import { readJson } from "../../common/ordinaryFile";
import { floatBytes } from "./packing";
import {
  bytesOfBatches,
  writeSafetensors,
  type TensorBatch,
} from "../../formats/safetensorsWriter";
import { floatShape } from "../files/weightGroups";
import {
  allLinearGroups,
  allOtherWeights,
  type LinearGroup,
} from "../files/weightNames";
import { findTensor } from "../files/weights";
import { writeContent, writeFolder } from "../files/writeFolder";

/** Element types that can be exported, as the command line and `config.json` name them. */
export const EXPORT_DTYPES = { float32: "F32", float16: "F16" } as const;

/** A name of `EXPORT_DTYPES`. */
export type ExportDtype = keyof typeof EXPORT_DTYPES;

/** Above this, files are cut. */
const MAX_FILE_BYTES = 2_000_000_000;

const COPIED_FILES =
  /^(vocab\.json|merges\.txt|added_tokens\.json|tokenizer.*\.json|special_tokens_map\.json|generation_config\.json|chat_template\.jinja|LICENSE.*)$/;

/** Changes a decoder layer's matrix [numRows, numColumns] of this name in place, before it is written. */
type ChangeMatrix = (name: string, matrix: Float32Array) => void;

/** Writes an unquantised copy of a model folder. */
export function exportModel({
  folder,
  directory,
  dtype,
  mayReplace = false,
  change = () => undefined,
  onProgress,
}: {
  folder: ModelFolder;
  directory: string;
  dtype: ExportDtype;
  mayReplace?: boolean;
  change?: ChangeMatrix;
  onProgress?: (fraction: number) => void;
}): void {
  const batches = [
    ...allOtherWeights(folder.config).map((weight) =>
      planOther(folder, weight, { dtype }),
    ),
    ...allLinearGroups(folder.config).map((group) =>
      planParts(folder, group, { dtype, change }),
    ),
  ];
  writeFolder(directory, {
    mayReplace,
    action: "export a model to",
    neededBytes: bytesOfBatches(batches),
    write: (temporary) => {
      writeSafetensors(temporary, batches, {
        maxShardBytes: MAX_FILE_BYTES,
        ...(onProgress && { onProgress }),
      });
      writeContent(
        path.join(temporary, "config.json"),
        plainConfig(folder, dtype),
      );
      for (const name of readdirSync(folder.directory)) {
        if (!COPIED_FILES.test(name)) continue;
        const copied = path.join(folder.directory, name);
        copyFileSync(copied, path.join(temporary, name));
      }
    },
  });
}

function plainConfig(folder: ModelFolder, dtype: ExportDtype) {
  const config = readJson(path.join(folder.directory, "config.json")) as Record<
    string,
    unknown
  >;
  delete config.inklingQuantization;
  // Newer files call it so; the older name, which every version reads, replaces it.
  delete config.dtype;
  return { ...config, torch_dtype: dtype };
}

function planOther(
  folder: ModelFolder,
  { name, shape }: { name: string; shape: number[] },
  { dtype }: { dtype: ExportDtype },
): TensorBatch {
  const location = findTensor(folder, name, shape);
  return {
    headers: [{ name, dtype: EXPORT_DTYPES[dtype], shape }],
    load: () => [
      floatBytes(readFloats(location), { dtype: EXPORT_DTYPES[dtype] }),
    ],
  };
}

/** One matrix per part, as transformers has them. */
function planParts(
  folder: ModelFolder,
  group: LinearGroup,
  { dtype, change }: { dtype: ExportDtype; change: ChangeMatrix },
): TensorBatch {
  const { parts, numColumns, isTransposed } = group;
  return {
    headers: parts.map((part) => ({
      name: `${part.name}.weight`,
      dtype: EXPORT_DTYPES[dtype],
      shape: floatShape(group, part),
    })),
    load: () => {
      const values = dequantiseGroup(folder, group);
      let row = 0;
      return parts.map(({ name, numRows }) => {
        const start = row * numColumns;
        row += numRows;
        const matrix = values.subarray(start, row * numColumns);
        change(name, matrix);
        return floatBytes(
          isTransposed ? transposeMatrix(matrix, numRows) : matrix,
          { dtype: EXPORT_DTYPES[dtype] },
        );
      });
    },
  };
}
