// Folders with files for tests, and text to fill them.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../../../src/common/random";

/** Writes files below a folder; names have slashes. */
export function writeTree(
  folder: string,
  files: Record<string, string | Buffer>,
): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

const SYLLABLES = "ba do ke li mo nu pra sti tor vel wa xi".split(" ");

/** Sentences of made-up words; another text for each seed. */
export function drawProse(seed: number, numWords = 80): string {
  const random = seededRandom(seed);
  const draw = (count: number) => Math.floor(random() * count);
  const words = Array.from({ length: numWords }, () =>
    Array.from(
      { length: 1 + draw(3) },
      () => SYLLABLES[draw(SYLLABLES.length)],
    ).join(""),
  );
  return `${words.join(" ").replace(/((?:\S+ ){8}\S+)/g, "$1.\n")}\n`;
}
