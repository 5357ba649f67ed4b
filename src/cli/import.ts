// inkling import FILE_OR_FOLDER [--out DIR]: makes a model folder out of a GGUF file or a Hugging Face folder.

import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { calibrate, measureInputs, readTexts } from "../engine/measureImported";
import { READ_FAMILIES } from "../model/files/readFamilies";
import {
  checkImport,
  importModel,
  type ImportOptions,
} from "../model/import/importModel";
import type { Packing } from "../model/import/packing";
import { ModelCache } from "../models/modelCache";
import { defaultModelsFolder } from "../models/modelsFolder";
import { threadsFor } from "../settings/threads";
import { buildTokenizerFiles } from "../tokenizer/buildTokenizerFiles";
import { loadChatTemplate } from "../tokenizer/chatTemplate";
import { loadTokenizer } from "../tokenizer/tokenizer";
import { formatBits, formatChoices } from "./importReport";
import { parseOptions, UsageError } from "./options";
import { defaultCacheFolder } from "./places";
import { showProgress } from "./showProgress";

const USAGE = `inkling import FILE_OR_FOLDER [--out DIR] [--name NAME] [--force]
               [--linear KIND] [--linear-block 32|64|128] [--embedding KIND] [--embedding-block 32|64|128]
               [--rounding nearest|compensated] [--documents FILE_OR_FOLDER]
Makes a model folder out of a GGUF file or a Hugging Face folder with safetensors. Families:
${READ_FAMILIES}
(GPT-2 from a folder only).
  --linear, --embedding   how matrices of layers and the embedding are stored:
                          exact             the source's own blocks bit for bit (Q4_0, Q4_1, Q8_0), or its floating point
                          q4, q4m, q8       rounded to 4 bits, 4 bits with a minimum a block, 8 bits
                          float32, float16  unquantised
                          (default, matrix by matrix: exact where the source is so quantised; else q8 for the
                          embedding and for what the source keeps in 5 to 8 bits, and q4m for the rest)
  --linear-block, --embedding-block   weights that share a scale, for q4, q4m and q8 (default 32)
  --rounding              compensated: the weights of a layer make up for what others lose by rounding, so that its
                          products with the inputs of --documents change little; slow (default nearest)
  --documents             text files to measure on: the scales of the int8 cache and, for compensated rounding, inputs
                          (default: text of the model's own)
  --out                   the folder to be made (default: one among the models that "inkling models" lists and the
                          editor offers)
  --name                  what the model is called (default: as its source)
  --force                 replaces the model in DIR; other files there stay`;

const BLOCK_SIZES = ["32", "64", "128"];

/** Runs the command: writes the folder, then adds the scales of its int8 cache. */
export async function runImport(args: string[]): Promise<void> {
  const { positionals, strings, flags } = parseOptions(args, {
    usage: USAGE,
    positionals: ["FILE_OR_FOLDER"],
    strings: {
      out: "",
      documents: "",
      name: "",
      linear: "",
      "linear-block": "",
      embedding: "",
      "embedding-block": "",
      rounding: "nearest",
    },
    flags: ["force"],
  });
  const source = positionals[0]!;
  const linear = parsePacking("linear", strings);
  const embedding = parsePacking("embedding", strings);
  const directory = strings.out || placeInCache(source, strings.name);
  const compensates = mustCompensate(source, strings.rounding);
  const measuring = {
    texts: strings.documents ? readTexts(strings.documents) : undefined,
    cacheFolder: defaultCacheFolder(),
    threads: threadsFor("writing"),
  };
  const options: ImportOptions = {
    source,
    directory,
    buildTokenizerFiles,
    checkTokenizer: async (folder) => void (await loadTokenizer(folder)),
    mayReplace: flags.force,
    ...(linear && { linear }),
    ...(embedding && { embedding }),
    ...(strings.name && { name: strings.name }),
    onProgress: showProgress(`Importing ${source}`),
    complete: async (temporary) => {
      await noteChatFault(temporary);
      await calibrate(temporary, {
        ...measuring,
        onWindows: (numWindows) =>
          process.stderr.write(
            `Measuring keys and values on ${numWindows} windows of text\n`,
          ),
      });
    },
  };
  let gramMatrices: ReadonlyMap<string, Float32Array> | undefined;
  if (compensates) {
    await checkImport(options);
    gramMatrices = await measureInputs(source, {
      ...measuring,
      onProgress: showProgress("Measuring the inputs of its layers"),
    });
  }
  const choices = await importModel({
    ...options,
    ...(gramMatrices && { gramMatrices }),
  });
  // Where the place was not named it is the answer, alone.
  const report = strings.out ? process.stdout : process.stderr;
  report.write(formatChoices(choices));
  const isFolder = statSync(source).isDirectory();
  report.write(
    await formatBits(directory, {
      sourceFolder: isFolder ? source : undefined,
    }),
  );
  if (!strings.out) process.stdout.write(`${directory}\n`);
}

function placeInCache(source: string, name: string): string {
  // What is not there is told by the import.
  if (!existsSync(source)) return path.join(defaultModelsFolder(), "model");
  const readable = name || path.basename(path.resolve(source), ".gguf");
  const cache = new ModelCache(defaultModelsFolder());
  cache.cleanUp();
  return cache.directoryFor(source, { name: readable });
}

/** A chat template that cannot be used costs tasks alone, so it stops no import. */
async function noteChatFault(directory: string): Promise<void> {
  try {
    const template = loadChatTemplate(directory);
    template?.check(await loadTokenizer(directory));
  } catch (error) {
    process.stderr.write(
      `Note: ${(error as Error).message}; the model continues texts and can be given no tasks\n`,
    );
  }
}

function mustCompensate(source: string, rounding: string): boolean {
  if (rounding !== "nearest" && rounding !== "compensated") {
    throw new UsageError(
      `--rounding is "${rounding}", expected nearest or compensated\n\n${USAGE}`,
    );
  }
  if (rounding === "nearest") return false;
  const stats = statSync(source, { throwIfNoEntry: false });
  if (stats && !stats.isDirectory()) {
    throw new UsageError(
      `--rounding is compensated but ${source} is a file, expected a folder of floating-point weights, in which text can be read before they are rounded`,
    );
  }
  return true;
}

/** The packing that `--OPTION` and `--OPTION-block` ask for, if any. */
function parsePacking(
  option: "linear" | "embedding",
  strings: Readonly<Record<string, string>>,
): Packing | undefined {
  const kind = strings[option]!;
  const block = strings[`${option}-block`]!;
  const fault = (state: string, expected: string) =>
    new UsageError(`${state}, expected ${expected}\n\n${USAGE}`);
  if (block && !kind.startsWith("q")) {
    throw fault(
      `--${option}-block is "${block}" but --${option} is "${kind}"`,
      "q4, q4m or q8 with it",
    );
  }
  if (block && !BLOCK_SIZES.includes(block)) {
    throw fault(`--${option}-block is "${block}"`, BLOCK_SIZES.join(", "));
  }
  const rounded = (bits: 4 | 8, hasMinimums: boolean): Packing => ({
    kind: "rounded",
    format: { bits, blockSize: Number(block || 32), hasMinimums },
  });
  switch (kind) {
    case "":
      return undefined;
    case "exact":
      return { kind: "exact" };
    case "q4":
      return rounded(4, false);
    case "q4m":
      return rounded(4, true);
    case "q8":
      return rounded(8, false);
    case "float32":
      return { kind: "float", dtype: "F32" };
    case "float16":
      return { kind: "float", dtype: "F16" };
    default:
      throw fault(
        `--${option} is "${kind}"`,
        "exact, q4, q4m, q8, float32 or float16",
      );
  }
}
