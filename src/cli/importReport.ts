// What an import says when it is done: how matrices were packed, and what a text costs the new model.

import { readFileSync } from "node:fs";
import { loadTextScorer } from "../engine/textScorer";
import { openModelFolder } from "../model/files/modelFolder";
import type { PackingChoice } from "../model/import/importModel";
import { threadsFor } from "../settings/threads";
import { sampleTextFile } from "./places";

/** Enough for two digits, and seconds for a model of half a billion weights. */
const SAMPLE_CHARACTERS = 4000;
/** A source larger than this is not loaded to be compared: it would take several times its size in memory. */
const MAX_COMPARED_BYTES = 2 ** 30;

/** One line for each kind of matrix: name, how many, layout in the source, and in the new folder. */
export function formatChoices(choices: readonly PackingChoice[]): string {
  const rows = choices.map(({ name, numMatrices, from, to }) => [
    name,
    numMatrices === 1 ? "" : `${numMatrices} ×`,
    from,
    to,
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]!.length)),
  );
  const lines = rows.map(
    ([name, count, from, to]) =>
      `  ${name!.padEnd(widths[0]!)}  ${count!.padStart(widths[1]!)} ${from!.padEnd(widths[2]!)}  -> ${to}`,
  );
  return `Stored:\n${lines.join("\n")}\n`;
}

/** Bits per character of a sample of English prose: of the new model, and of an unquantised source that is not too large. */
export async function formatBits(
  directory: string,
  { sourceFolder }: { sourceFolder: string | undefined },
): Promise<string> {
  const text = readFileSync(sampleTextFile(), "utf8").slice(
    0,
    SAMPLE_CHARACTERS,
  );
  const after = await bitsPerCharacter(directory, text);
  const before =
    sourceFolder && weightBytes(sourceFolder) <= MAX_COMPARED_BYTES
      ? `, of the source ${(await bitsPerCharacter(sourceFolder, text)).toFixed(3)}`
      : "";
  return `Bits per character on ${text.length} characters of English prose: ${after.toFixed(3)}${before}\n`;
}

function weightBytes(directory: string): number {
  const { tensors } = openModelFolder(directory);
  return [...tensors.values()].reduce(
    (sum, { sizeBytes }) => sum + sizeBytes,
    0,
  );
}

async function bitsPerCharacter(
  modelFolder: string,
  text: string,
): Promise<number> {
  const scorer = await loadTextScorer({
    modelFolder,
    threads: threadsFor("writing"),
  });
  try {
    const { bits, characters } = await scorer.bits(text);
    return bits / characters;
  } finally {
    await scorer.dispose();
  }
}
