// Prints what a recorded pass of `inkling evaluate` would have shown with each threshold, to choose those of the modes
// (src/completion/gateSettings.ts) by: precision, wrong shown, coverage, keystrokes saved and words of a suggestion.
//   node bin/inkling evaluate --documents DEV --workspace DEV --record FILE …
//   npx tsx scripts/sweepShowGate.ts --documents DEV --record FILE.memory --characters N [--seed S]
// with the documents, characters and seed of the recording.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { GATE_SETTINGS } from "../src/completion/gateSettings";
import { EVALUATION_SETTINGS } from "../src/evaluation/compare";
import { scoreGate } from "../src/evaluation/evaluate";
import { planEvaluation } from "../src/evaluation/plan";
import { readDocuments } from "../src/evaluation/readDocuments";
import { RecordedPass, type PositionRecord } from "../src/evaluation/record";
import { suggestionsOf } from "../src/evaluation/score";
import { quantile } from "../src/common/statistics";

const { values } = parseArgs({
  options: {
    documents: { type: "string", default: "" },
    record: { type: "string", default: "" },
    characters: { type: "string", default: "20000" },
    sample: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
  },
});
const documents = readDocuments(values.documents);
const plan = planEvaluation(documents, {
  sample: Number(values.sample),
  characters: Number(values.characters),
  seed: Number(values.seed),
});
const settings = { ...EVALUATION_SETTINGS, mode: "eager" as const };
const pass = new RecordedPass(documents, settings);
const [, ...lines] = readFileSync(values.record, "utf8").trim().split("\n");
for (const line of lines) pass.add(JSON.parse(line) as PositionRecord);

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
const { minFirstWord, minRunning } = GATE_SETTINGS.balanced;
const rows = Array.from({ length: 17 }, (_, index) => {
  const threshold = 0.1 + 0.05 * index;
  const gate = {
    minFirstWord: threshold,
    minRunning: (threshold * minRunning) / minFirstWord,
    minCharacters: GATE_SETTINGS.balanced.minCharacters,
  };
  const { figures, wordLogs } = scoreGate(pass, { plan, gate, settings });
  const textAt = suggestionsOf(pass, { gate, settings });
  const words = wordLogs.flatMap(({ span, shown }) =>
    shown.map(({ position }) => {
      const { documentIndex } = span;
      const { text } = textAt({ documentIndex, position });
      return text.trim().split(/\s+/).length;
    }),
  );
  return {
    threshold: threshold.toFixed(2),
    precision: percent(figures.precision),
    "wrong shown": percent(figures.wrongShowRate),
    coverage: percent(figures.coverage),
    "saved, by word": percent(figures.saved1.word),
    "saved, whole": percent(figures.saved1.whole),
    "median words": quantile(words, 0.5),
  };
});
console.table(rows);
