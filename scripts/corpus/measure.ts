// Prints bits per character on each kind of held-out text, for the embedded model and for adapters or other models.
// npx tsx scripts/corpus/measure.ts --heldout DIR [--adapter DIR]... [--model DIR]... [--no-base] [--characters N]
// A checkpoint becomes an adapter by adapterOfCheckpoint.ts. "comments" are those of the source files of "code".
// Each model's figures are a line of JSON on stdout, progress goes to stderr.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { extractComments } from "../../src/documents/extractComments";
import { loadTextScorer } from "../../src/engine/textScorer";
import { progress, projectFolder } from "../terminal";
import { KINDS } from "./sources";

const EMBEDDED = path.join(projectFolder, "models", "smollm2-135m-instruct");

/** A model folder, perhaps with an adapter on it. */
interface Measured {
  name: string;
  model: string;
  adapter?: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      heldout: { type: "string" },
      adapter: { type: "string", multiple: true, default: [] },
      model: { type: "string", multiple: true, default: [] },
      "no-base": { type: "boolean", default: false },
      characters: { type: "string", default: "60000" },
      threads: { type: "string", default: "2" },
    },
  });
  if (values.heldout === undefined) {
    throw new Error(
      "Found no --heldout, expected a folder with one for each kind",
    );
  }
  const texts = readKinds(values.heldout, Number(values.characters));
  const models: Measured[] = [
    ...(values["no-base"] ? [] : [{ name: "embedded", model: EMBEDDED }]),
    ...values.model.map((model) => ({ name: path.basename(model), model })),
    ...values.adapter.map((adapter) => ({
      name: path.basename(adapter),
      model: EMBEDDED,
      adapter,
    })),
  ];
  for (const { name, model, adapter } of models) {
    const scorer = await loadTextScorer({
      modelFolder: model,
      threads: Number(values.threads),
      adapterFolder: adapter,
    });
    const bits: Record<string, number> = {};
    try {
      for (const [kind, documents] of texts) {
        const sum = { bits: 0, characters: 0 };
        for (const document of documents) {
          const counted = await scorer.bits(document);
          sum.bits += counted.bits;
          sum.characters += counted.characters;
        }
        bits[kind] = Number((sum.bits / sum.characters).toFixed(4));
        progress(`${name}, ${kind}: ${bits[kind]} bits per character`);
      }
    } finally {
      await scorer.dispose();
    }
    process.stdout.write(`${JSON.stringify({ name, bits })}\n`);
  }
}

/** Kind -> its documents, the same share of each, so that the kind has at most so many characters. */
function readKinds(
  folder: string,
  maxCharacters: number,
): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const kind of KINDS) {
    const files = readdirSync(path.join(folder, kind)).sort();
    const documents = files.map((file) =>
      readFileSync(path.join(folder, kind, file), "utf8"),
    );
    const total = documents.reduce((sum, { length }) => sum + length, 0);
    const share = Math.min(1, maxCharacters / total);
    const cut = documents.map((text) =>
      text.slice(0, Math.round(share * text.length)),
    );
    texts.set(kind, cut);
    if (kind === "code") {
      texts.set(
        "comments",
        cut.map((text, index) =>
          extractComments(files[index]!.replace(/\.txt$/, ""), text),
        ),
      );
    }
  }
  return texts;
}

void main();
