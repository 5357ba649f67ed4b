// `inkling import FILE_OR_FOLDER --out DIR`: makes a model folder out of a GGUF file or a Hugging Face folder.

import { parseArgs } from "node:util";
import { importModel } from "../model/importModel";
import type { Packing } from "../model/packing";
import { buildTokenizerFiles } from "../tokenizer/buildTokenizerFiles";
import { showProgress } from "./showProgress";

/** Shown by the command line's help. */
export const IMPORT_USAGE = `inkling import FILE_OR_FOLDER --out DIR [--linear KIND] [--linear-block 32|64|128]
                [--embedding KIND] [--embedding-block 32|64|128] [--name NAME] [--force]
  KIND: exact    the source's own blocks, bit for bit (Q4_0, Q4_1, Q8_0), or its floating point
        q4       4 bits, symmetric         q4m  4 bits with a minimum a block
        q8       8 bits, symmetric         float32, float16
  Without KIND: exact where the source is so quantised, else q4m for layers and q8 for the embedding.`;

const BLOCK_SIZES = [32, 64, 128];

/** Runs the command; `calibrate` is called with the new folder, to add what is measured on it. */
export async function runImport(
  args: string[],
  { calibrate }: { calibrate?: (directory: string) => Promise<void> } = {},
): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: "string" },
      linear: { type: "string" },
      "linear-block": { type: "string" },
      embedding: { type: "string" },
      "embedding-block": { type: "string" },
      name: { type: "string" },
      force: { type: "boolean", default: false },
    },
  });
  const [source] = positionals;
  if (source === undefined || positionals.length > 1 || !values.out) {
    throw new TypeError(
      `Cannot import: ${positionals.length} sources and ${values.out ? "a" : "no"} folder are given, expected\n${IMPORT_USAGE}`,
    );
  }
  const linear = parsePacking("linear", values.linear, {
    blockSize: values["linear-block"],
  });
  const embedding = parsePacking("embedding", values.embedding, {
    blockSize: values["embedding-block"],
  });
  await importModel({
    source,
    directory: values.out,
    buildTokenizerFiles,
    mayReplace: values.force,
    ...(linear && { linear }),
    ...(embedding && { embedding }),
    ...(values.name !== undefined && { name: values.name }),
    onProgress: showProgress(`Importing ${source}`),
  });
  await calibrate?.(values.out);
}

function parsePacking(
  option: string,
  kind: string | undefined,
  { blockSize: text }: { blockSize: string | undefined },
): Packing | undefined {
  if (text !== undefined && !kind?.startsWith("q")) {
    throw new TypeError(
      `Cannot import: --${option}-block is ${text} but --${option} is ${kind ?? "not given"}, expected q4, q4m or q8 with it`,
    );
  }
  const blockSize = text === undefined ? 32 : Number(text);
  if (!BLOCK_SIZES.includes(blockSize)) {
    throw new RangeError(
      `Cannot import: --${option}-block is ${text}, expected ${BLOCK_SIZES.join(", ")}`,
    );
  }
  const rounded = (bits: 4 | 8, hasMinimums: boolean): Packing => ({
    kind: "rounded",
    format: { bits, blockSize, hasMinimums },
  });
  switch (kind) {
    case undefined:
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
      throw new TypeError(
        `Cannot import: --${option} is "${kind}", expected exact, q4, q4m, q8, float32 or float16`,
      );
  }
}
