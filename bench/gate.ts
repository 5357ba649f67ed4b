// What each threshold of the show gate gives on a recorded pass, to choose the modes' points (completion/gateSettings.ts).
// inkling evaluate --documents DIR --sample 0 --characters N --mode eager --record FILE --no-bits
// npx tsx bench/gate.ts --documents DIR --characters N --record FILE [--seed S] [--cold] [--running R]
// with documents, characters, seed and --cold as they were recorded; FILE.memory is the pass with the memory.
// Precision and coverage are those of the simulated word writer; the thresholds of further words are R of the first
// word's, which is the modes' ratio where it is not said. "After each word" is what somebody sees who pauses there.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { GATE_SETTINGS } from "../src/completion/gateSettings";
import { coldTexts } from "../src/evaluation/coldTexts";
import { EVALUATION_SETTINGS } from "../src/evaluation/compare";
import { scoreGate } from "../src/evaluation/evaluate";
import { planEvaluation } from "../src/evaluation/plan";
import { readDocuments } from "../src/evaluation/readDocuments";
import { RecordedPass, type PositionRecord } from "../src/evaluation/record";

const LOWEST = 0.2;
const HIGHEST = 0.9;
const STEP = 0.02;

function main(): void {
  const { values } = parseArgs({
    options: {
      documents: { type: "string" },
      record: { type: "string" },
      characters: { type: "string" },
      seed: { type: "string", default: "1" },
      cold: { type: "boolean", default: false },
      running: { type: "string" },
    },
  });
  const { documents: folder, record, characters } = values;
  if (!folder || !record || !characters) {
    throw new Error(
      "Found too little, expected --documents, --record and --characters",
    );
  }
  const draw = { characters: Number(characters), seed: Number(values.seed) };
  const whole = readDocuments(folder);
  const documents = values.cold ? coldTexts(whole, draw) : whole;
  const plan = planEvaluation(documents, {
    sample: 0,
    ...draw,
    ...(values.cold ? { characters: Infinity } : {}),
  });
  const settings = { ...EVALUATION_SETTINGS, mode: "eager" as const };
  const pass = new RecordedPass(documents, settings);
  // The first line says what was recorded.
  for (const line of readFileSync(record, "utf8").split("\n").slice(1)) {
    if (line !== "") pass.add(JSON.parse(line) as PositionRecord);
  }
  const { balanced } = GATE_SETTINGS;
  const ratio = values.running
    ? Number(values.running)
    : balanced.minRunning / balanced.minFirstWord;
  process.stdout.write(
    "| first word | precision | coverage | wrong shown | saved, word | saved, whole | after each word: shown | precision | words | saved |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
  );
  const numSteps = Math.round((HIGHEST - LOWEST) / STEP);
  for (let index = 0; index <= numSteps; index++) {
    const minFirstWord = Number((LOWEST + index * STEP).toFixed(2));
    const gate = {
      ...balanced,
      minFirstWord,
      minRunning: ratio * minFirstWord,
    };
    const { figures } = scoreGate(pass, { plan, gate, settings });
    const { atPauses } = figures;
    const shares = [
      figures.precision,
      figures.coverage,
      figures.wrongShowRate,
      figures.saved1.word,
      figures.saved1.whole,
      atPauses.showRate,
      atPauses.precision,
      atPauses.saved,
    ].map((share) => `${(100 * share).toFixed(1)}%`);
    const words = `${atPauses.medianWords}, ${atPauses.meanWords.toFixed(2)}`;
    const cells = shares.toSpliced(-1, 0, words);
    process.stdout.write(`| ${minFirstWord} | ${cells.join(" | ")} |\n`);
  }
}

main();
