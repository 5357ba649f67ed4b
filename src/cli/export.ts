// inkling export DIR: writes a folder of floating-point weights that Python's transformers opens.

import { mergePair } from "../adapters/mergePair";
import { readAdapter } from "../adapters/peftAdapter";
import { openModelFolder } from "../model/files/modelFolder";
import {
  EXPORT_DTYPES,
  exportModel,
  type ExportDtype,
} from "../model/import/exportModel";
import { parseOptions, UsageError } from "./options";
import { defaultModelFolder } from "./places";
import { showProgress } from "./showProgress";

const USAGE = `inkling export DIR [--adapter DIR] [--dtype float32|float16] [--model DIR] [--force]
Writes an unquantised copy of a model that Python's transformers opens.
  --adapter bakes a LoRA adapter into the copy; "inkling import" then makes a model of it that needs no adapter
  --dtype   type of its weights (default float32)
  --model   the folder to be exported (default: the model in the package)
  --force   replaces the model in DIR; other files there stay`;

/** Runs the command. */
export function runExport(args: string[]): void {
  const { positionals, strings, flags } = parseOptions(args, {
    usage: USAGE,
    positionals: ["DIR"],
    strings: { adapter: "", dtype: "float32", model: defaultModelFolder() },
    flags: ["force"],
  });
  const dtype = parseDtype(strings.dtype);
  const folder = openModelFolder(strings.model);
  const adapter =
    strings.adapter === "" ? undefined : readAdapter(strings.adapter, folder);
  for (const warning of adapter?.warnings ?? []) {
    process.stderr.write(`Adapter: ${warning}\n`);
  }
  exportModel({
    folder,
    directory: positionals[0]!,
    dtype,
    mayReplace: flags.force,
    change(name, matrix) {
      const pair = adapter?.pairs.get(name);
      if (pair) mergePair(matrix, pair);
    },
    onProgress: showProgress(`Exporting ${strings.model}`),
  });
}

function parseDtype(text: string): ExportDtype {
  if (Object.hasOwn(EXPORT_DTYPES, text)) return text as ExportDtype;
  throw new UsageError(
    `--dtype is "${text}", expected ${Object.keys(EXPORT_DTYPES).join(" or ")}\n\n${USAGE}`,
  );
}
