// Modules of words in plain Node: what they need of VS Code is put in by hand, and they answer in English or another
// language that there is a bundle of.

import { existsSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";

const projectFolder = path.resolve(__dirname, "../../..");
const wordsFolder = path.join(projectFolder, "src/words");

interface WordsOptions {
  extensions?: { packageJSON: unknown }[];
}

/** Loads a module of `src/words`; `extensions` are those that VS Code would have installed. */
export function wordsInEnglish<Words>(
  name: string,
  options: WordsOptions = {},
): Words {
  return wordsIn("en", name, options);
}

/** The same in a display language. */
export function wordsIn<Words>(
  language: string,
  name: string,
  { extensions = [] }: WordsOptions = {},
): Words {
  const sentences = bundleOf(language);
  const t = (sentence: string, ...values: unknown[]) =>
    (sentences[sentence] ?? sentence).replace(/\{(\d)\}/g, (_, index: string) =>
      String(values[Number(index)]),
    );
  const vscode = {
    env: { language },
    l10n: { t },
    extensions: { all: extensions },
  };
  // What was loaded for another language keeps that language.
  const require = createRequire(__filename);
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(wordsFolder)) delete require.cache[file];
  }
  const loader = Module as unknown as {
    _load(this: void, request: string, ...others: unknown[]): unknown;
  };
  const load = loader._load;
  loader._load = (request, ...others) =>
    request === "vscode" ? vscode : load(request, ...others);
  try {
    return require(path.join(wordsFolder, name)) as Words;
  } finally {
    loader._load = load;
  }
}

function bundleOf(language: string): Record<string, string> {
  const file = path.join(projectFolder, `l10n/bundle.l10n.${language}.json`);
  if (!existsSync(file)) return {};
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
}
