// Exports a model folder as floating point under Hugging Face's own names, so that Python's transformers opens it.

import { copyFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { dequantiseGroup, readFloats } from "./dequantiseGroup";
import { openModelFolder, readJson, type ModelFolder } from "./modelFolder";
import { floatBytes } from "./packing";
import { writeSafetensors, type TensorBatch } from "./safetensorsWriter";
import { allLinearGroups, allNormNames, type LinearGroup } from "./weightNames";
import { findTensor } from "./weights";
import { writeContent, writeFolder } from "./writeFolder";

/** Element types that can be exported, as the command line and `config.json` name them. */
export const EXPORT_DTYPES = { float32: "F32", float16: "F16" } as const;

/** A name of `EXPORT_DTYPES`. */
export type ExportDtype = keyof typeof EXPORT_DTYPES;

/** Above this, files are cut. */
const MAX_FILE_BYTES = 2_000_000_000;

const COPIED_FILES =
  /^(tokenizer.*\.json|special_tokens_map\.json|generation_config\.json|chat_template\.jinja|LICENSE.*)$/;

/** Writes an unquantised copy of a model folder. */
export function exportModel({
  model,
  directory,
  dtype,
  mayReplace = false,
  onProgress,
}: {
  model: string;
  directory: string;
  dtype: ExportDtype;
  mayReplace?: boolean;
  onProgress?: (fraction: number) => void;
}): void {
  const folder = openModelFolder(model);
  const batches = [
    ...allNormNames(folder.config).map((name) =>
      planNorm(folder, name, { dtype }),
    ),
    ...allLinearGroups(folder.config).map((group) =>
      planParts(folder, group, { dtype }),
    ),
  ];
  writeFolder(directory, {
    mayReplace,
    write: (temporary) => {
      writeSafetensors(temporary, batches, {
        maxShardBytes: MAX_FILE_BYTES,
        ...(onProgress && { onProgress }),
      });
      writeContent(
        path.join(temporary, "config.json"),
        plainConfig(folder, dtype),
      );
      for (const name of readdirSync(model)) {
        if (!COPIED_FILES.test(name)) continue;
        copyFileSync(path.join(model, name), path.join(temporary, name));
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

function planNorm(
  folder: ModelFolder,
  name: string,
  { dtype }: { dtype: ExportDtype },
): TensorBatch {
  const shape = [folder.config.embeddingDim];
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
  { name, parts, numColumns }: LinearGroup,
  { dtype }: { dtype: ExportDtype },
): TensorBatch {
  const group = { name, parts, numColumns };
  return {
    headers: parts.map((part) => ({
      name: `${part.name}.weight`,
      dtype: EXPORT_DTYPES[dtype],
      shape: [part.numRows, numColumns],
    })),
    load: () => {
      const values = dequantiseGroup(folder, group);
      let row = 0;
      return parts.map(({ numRows }) => {
        const start = row * numColumns;
        row += numRows;
        return floatBytes(values.subarray(start, row * numColumns), {
          dtype: EXPORT_DTYPES[dtype],
        });
      });
    },
  };
}
