// How often the right label of rows is found, for several ways to compare labels by the log-probabilities of their
// tokens. The ways are described in docs/LOG.md. All rows are asked, those that the adapter has learned too.
// npx tsx bench/classification/compareScores.ts FILE MODEL [ADAPTER]

import { tmpdir } from "node:os";
import path from "node:path";
import { parseExamples, readExamples } from "../../src/documents/examples";
import { findLabels, labelOf } from "../../src/documents/labels";
import { loadEngine } from "../../src/engine/engine";

async function main([file, modelFolder, adapterFolder]: string[]) {
  if (file === undefined || modelFolder === undefined) {
    throw new Error("Found too few arguments, expected FILE MODEL [ADAPTER]");
  }
  const rows = parseExamples(readExamples(file)).examples;
  const labels = findLabels(rows);
  if (!labels) throw new Error(`Found no labels in ${file}`);
  const { completions, before, after } = labels;
  const engine = await loadEngine(
    {
      modelFolder,
      adapterFolder,
      cacheFolder: path.join(tmpdir(), "inkling-bench"),
      threads: 2,
    },
    () => {},
  );
  const empty = await engine.scoreContinuations(before + after, completions);
  const scores: number[][] = [];
  for (const { prompt } of rows) {
    scores.push(await engine.scoreContinuations(prompt, completions));
  }
  const numTokens = completions.map((text) => engine.encode(text).length);
  await engine.dispose();
  const meanOf = (label: number) =>
    Math.log(
      scores.reduce((sum, row) => sum + Math.exp(row[label]!), 0) / rows.length,
    );
  const means = completions.map((_, label) => meanOf(label));
  const ways: Record<string, (score: number, label: number) => number> = {
    sum: (score) => score,
    mean: (score, label) => score / numTokens[label]!,
    empty: (score, label) => score - empty[label]!,
    rows: (score, label) => score - means[label]!,
  };
  for (const [name, way] of Object.entries(ways)) {
    const numRight = rows.filter((row, index) => {
      const values = scores[index]!.map(way);
      const best = completions[values.indexOf(Math.max(...values))]!;
      return best.trim() === labelOf(row);
    }).length;
    process.stdout.write(
      `${name}: ${((100 * numRight) / rows.length).toFixed(1)}%\n`,
    );
  }
}

void main(process.argv.slice(2));
