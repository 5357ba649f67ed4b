// What a model folder holds, and whether that is all it should.

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { CALIBRATION_FILE, readKvScales } from "../../model/files/calibration";
import {
  openModelFolder,
  type ModelFolder,
} from "../../model/files/modelFolder";
import { findPrefillFolder } from "../../model/quantise/prefillWeights";
import { allLinearGroups, embeddingGroup } from "../../model/files/weightNames";
import { failed, formatBytes, guarded, passed, type Check } from "./check";

/** A file of the folder. */
export interface ModelFile {
  name: string;
  sizeBytes: number;
}

/** Everything about the folder that can be told without loading it. */
export async function checkModelFolder(
  directory: string,
): Promise<{ files: ModelFile[]; checks: Check[]; folder?: ModelFolder }> {
  let folder: ModelFolder;
  try {
    folder = openModelFolder(directory);
  } catch (error) {
    const found = (error as Error).message;
    return {
      files: [],
      checks: [
        failed("Model", {
          found,
          advice:
            'install Inkling again, or make the folder anew with "inkling import FILE --out DIR"',
        }),
      ],
    };
  }
  const files = listFiles(directory);
  return {
    files,
    folder,
    checks: [
      passed("Model", `${folder.name}, ${describe(folder)}`),
      passed("Model folder", `${directory}: ${describeFiles(files)}`),
      checkTokenizerFile(files),
      await checkCalibration(folder),
    ],
  };
}

function listFiles(directory: string): ModelFile[] {
  return readdirSync(directory)
    .map((name) => ({ name, ...statSync(path.join(directory, name)) }))
    .map(({ name, size }) => ({ name, sizeBytes: size }));
}

function describe({ config }: ModelFolder): string {
  const weights = config.quantization
    ? `packed weights (layout ${config.quantization.version})`
    : "floating-point weights";
  return `${config.architecture}, ${config.numLayers} layers of ${config.embeddingDim}, vocabulary ${config.vocabSize}, context ${config.contextLength}, ${weights}`;
}

function describeFiles(files: readonly ModelFile[]): string {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const list = files
    .map(({ name, sizeBytes }) => `${name} ${formatBytes(sizeBytes)}`)
    .join(", ");
  return `${formatBytes(total)} in ${files.length} files (${list})`;
}

function checkTokenizerFile(files: readonly ModelFile[]): Check {
  const name = "Tokenizer";
  const ways = [["tokenizer.json"], ["vocab.json", "merges.txt"]];
  const found = ways
    .map((names) => files.filter((file) => names.includes(file.name)))
    .find((way, index) => way.length === ways[index]!.length);
  return found
    ? passed(
        name,
        found
          .map((file) => `${file.name}, ${formatBytes(file.sizeBytes)}`)
          .join("; "),
      )
    : failed(name, {
        found: "tokenizer.json is missing",
        advice:
          "copy the model's tokenizer.json (or vocab.json and merges.txt) into the folder, or import the model again",
      });
}

/** A folder without calibration works, with a float32 cache: four times the memory, and slower. */
async function checkCalibration(folder: ModelFolder): Promise<Check> {
  return guarded("Calibration", {
    advice: `import the model again, or delete ${CALIBRATION_FILE} to use a float32 cache`,
    run: () =>
      passed(
        "Calibration",
        readKvScales(folder)
          ? `${CALIBRATION_FILE}: keys and values are kept as int8`
          : "none: keys and values are kept as float32, with four times the memory",
      ),
  });
}

/** About how many bytes the first load will write to the cache folder; 0 when it has been done. */
export function missingPrefillBytes(
  folder: ModelFolder,
  cacheFolder: string,
): number {
  const { config } = folder;
  if (!config.quantization) return 0;
  if (findPrefillFolder(folder, cacheFolder)) return 0;
  const embedding = embeddingGroup(config).name;
  return allLinearGroups(config).reduce((sum, { name, parts, numColumns }) => {
    const numRows = parts.reduce((rows, part) => rows + part.numRows, 0);
    if (name !== embedding) return sum + numRows * (numColumns + 4);
    const tensors = [...folder.tensors].filter(([each]) =>
      each.startsWith(`${embedding}.`),
    );
    return tensors.reduce((bytes, [, each]) => bytes + each.sizeBytes, sum);
  }, 0);
}
