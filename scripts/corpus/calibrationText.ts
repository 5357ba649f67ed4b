// Chooses text to measure a model's scales and its layers' inputs on: as many passages of each kind, from all over it.
// npx tsx scripts/corpus/calibrationText.ts --texts TEXTS/train --out DIR [--passages N]

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { progress } from "../terminal";
import { KINDS } from "./sources";

/** A little more than a window of 512 tokens in prose, so that few windows are short. */
const PASSAGE_CHARACTERS = 2300;

function main(): void {
  const { values } = parseArgs({
    options: {
      texts: { type: "string" },
      out: { type: "string" },
      passages: { type: "string", default: "16" },
    },
  });
  const { texts, out } = values;
  if (texts === undefined || out === undefined) {
    throw new Error("Found too little, expected --texts and --out");
  }
  mkdirSync(out, { recursive: true });
  const numPassages = Number(values.passages);
  for (const kind of KINDS) {
    const folder = path.join(texts, kind);
    const files = readdirSync(folder).sort();
    for (let index = 0; index < numPassages; index++) {
      const file = files[Math.floor((index * files.length) / numPassages)]!;
      const text = readFileSync(path.join(folder, file), "utf8");
      // Beginnings of documents are rarer than what comes later.
      const start =
        index % 4 === 0
          ? 0
          : text.lastIndexOf(
              "\n",
              Math.max(0, (text.length - PASSAGE_CHARACTERS) / 2),
            ) + 1;
      writeFileSync(
        path.join(out, `${kind}-${index}.txt`),
        text.slice(start, start + PASSAGE_CHARACTERS),
      );
    }
    progress(`${kind}: ${numPassages} passages of ${files.length} documents`);
  }
}

main();
