// inkling export DIR: writes a folder of floating-point weights that Python's transformers opens.

import {
  EXPORT_DTYPES,
  exportModel,
  type ExportDtype,
} from "../model/import/exportModel";
import { parseOptions, UsageError } from "./options";
import { defaultModelFolder } from "./places";
import { showProgress } from "./showProgress";

const USAGE = `inkling export DIR [--dtype float32|float16] [--model DIR] [--force]
Writes an unquantised copy of a model that Python's transformers opens.
  --dtype   type of its weights (default float32)
  --model   the folder to be exported (default: the model in the package)
  --force   replaces the model in DIR; other files there stay`;

/** Runs the command. */
export function runExport(args: string[]): void {
  const { positionals, strings, flags } = parseOptions(args, {
    usage: USAGE,
    positionals: ["DIR"],
    strings: { dtype: "float32", model: defaultModelFolder() },
    flags: ["force"],
  });
  exportModel({
    model: strings.model,
    directory: positionals[0]!,
    dtype: parseDtype(strings.dtype),
    mayReplace: flags.force,
    onProgress: showProgress(`Exporting ${strings.model}`),
  });
}

function parseDtype(text: string): ExportDtype {
  if (Object.hasOwn(EXPORT_DTYPES, text)) return text as ExportDtype;
  throw new UsageError(
    `--dtype is "${text}", expected ${Object.keys(EXPORT_DTYPES).join(" or ")}\n\n${USAGE}`,
  );
}
