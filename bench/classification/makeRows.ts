// Writes rows.jsonl beside this file: 400 phrases of seven words, 200 out of a novel and 200 out of Inkling's own
// documentation, to be told apart. Sentences would be too easy; of seven words, some say nothing of where they stand.
// npx tsx bench/classification/makeRows.ts
// The novel is "Frankenstein" (1818, in the public domain), the documentation is under the licence of this repository.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { drawSample, seededRandom } from "../../src/common/random";

const WORDS_PER_ROW = 7;
const ROWS_PER_LABEL = 200;

const SOURCES = {
  novel: ["media/general-prose.txt"],
  manual: ["README.md", "docs/ARCHITECTURE.md", "bench/README.md"],
};

/** Phrases of the prose in a text: no headings, tables, code, names of files, numbers or capitals. */
function phrasesOf(text: string): string[] {
  const prose = text
    .replace(/```[^]*?```/g, "\n")
    .split("\n")
    .filter((line) => !/^\s*(?:#|\||<|!\[)/.test(line))
    .join("\n");
  return prose
    .split(/[.;:!?"()[\]\n|]+/)
    .map((part) => part.trim().toLowerCase())
    .filter((part) => /^[a-z ,'-]+$/.test(part))
    .flatMap((part) => {
      const words = part.replaceAll(",", " ").trim().split(/\s+/);
      const first = (words.length - WORDS_PER_ROW) >> 1;
      return first < 0
        ? []
        : [words.slice(first, first + WORDS_PER_ROW).join(" ")];
    });
}

const random = seededRandom(1);

const rows = Object.entries(SOURCES).flatMap(([label, files]) => {
  const texts = files.map((file) => readFileSync(file, "utf8"));
  const phrases = [...new Set(texts.flatMap(phrasesOf))];
  if (phrases.length < ROWS_PER_LABEL) {
    throw new RangeError(
      `Cannot make rows of ${files.join(", ")}: they have ${phrases.length} phrases, expected at least ${ROWS_PER_LABEL}`,
    );
  }
  return drawSample(phrases, { count: ROWS_PER_LABEL, random }).map(
    (phrase) => ({
      prompt: `Phrase: ${phrase}\nSource:`,
      completion: ` ${label}`,
    }),
  );
});
const file = path.join("bench", "classification", "rows.jsonl");
writeFileSync(
  file,
  drawSample(rows, { count: rows.length, random })
    .map((row) => `${JSON.stringify(row)}\n`)
    .join(""),
);
process.stdout.write(`${file}: ${rows.length} rows\n`);
