// `inkling export --dtype float32 DIR`: writes a folder that Python's transformers opens.

import { parseArgs } from "node:util";
import {
  EXPORT_DTYPES,
  exportModel,
  type ExportDtype,
} from "../model/exportModel";
import { showProgress } from "./showProgress";

/** Shown by the command line's help. */
export const EXPORT_USAGE =
  "inkling export --dtype float32|float16 DIR [--model DIR] [--force]";

/** Runs the command; `defaultModel` is the folder exported where `--model` is not given. */
export function runExport(
  args: string[],
  { defaultModel }: { defaultModel?: string } = {},
): void {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      dtype: { type: "string", default: "float32" },
      model: { type: "string" },
      force: { type: "boolean", default: false },
    },
  });
  const [directory] = positionals;
  const model = values.model ?? defaultModel;
  if (directory === undefined || positionals.length > 1 || !model) {
    throw new TypeError(
      `Cannot export: ${positionals.length} folders and ${model ? "a" : "no"} model are given, expected\n${EXPORT_USAGE}`,
    );
  }
  exportModel({
    model,
    directory,
    dtype: parseDtype(values.dtype),
    mayReplace: values.force,
    onProgress: showProgress(`Exporting ${model}`),
  });
}

function parseDtype(text: string): ExportDtype {
  if (Object.hasOwn(EXPORT_DTYPES, text)) return text as ExportDtype;
  throw new TypeError(
    `Cannot export: --dtype is "${text}", expected ${Object.keys(EXPORT_DTYPES).join(" or ")}`,
  );
}
