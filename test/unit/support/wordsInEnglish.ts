// Modules of words in plain Node: what they need of VS Code is put in by hand, and they answer in English.

import Module, { createRequire } from "node:module";
import path from "node:path";

const wordsFolder = path.resolve(__dirname, "../../../src/words");

function t(sentence: string, ...values: unknown[]): string {
  return sentence.replace(/\{(\d)\}/g, (_, index: string) =>
    String(values[Number(index)]),
  );
}

/** Loads a module of `src/words`; `extensions` are those that VS Code would have installed. */
export function wordsInEnglish<Words>(
  name: string,
  { extensions = [] }: { extensions?: { packageJSON: unknown }[] } = {},
): Words {
  const vscode = {
    env: { language: "en" },
    l10n: { t },
    extensions: { all: extensions },
  };
  const loader = Module as unknown as {
    _load(this: void, request: string, ...others: unknown[]): unknown;
  };
  const load = loader._load;
  loader._load = (request, ...others) =>
    request === "vscode" ? vscode : load(request, ...others);
  try {
    return createRequire(__filename)(path.join(wordsFolder, name)) as Words;
  } finally {
    loader._load = load;
  }
}
