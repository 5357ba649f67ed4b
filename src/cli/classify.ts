// inkling classify FILE: which of some labels each text of a file has, and how often that is right where the file says.

import { existsSync } from "node:fs";
import path from "node:path";
import { MANIFEST_FILE } from "../adapters/adapterNames";
import { readManifest } from "../adapters/manifest";
import { parseTexts, readExamples } from "../documents/examples";
import { labelOf } from "../documents/labels";
import { createClassifier, framed } from "../engine/classify";
import { confusionsOf } from "../evaluation/classification";
import type { LabelledRows, LabelProbability } from "../protocol/training";
import { describeConfusions, percent } from "./classificationWords";
import { loadForCommand, requestOf } from "./loadForCommand";
import { parseOptions, UsageError, writingThreads } from "./options";
import { defaultModelFolder } from "./places";

const USAGE = `inkling classify FILE [options]
Tells which label each text of a file has: rows with a text and perhaps its label (JSON, one a line or in an array, or a
table with a header), or lines of plain text. Where rows have labels, it tells how many are found.

  --adapter DIR          an adapter that learned labels by inkling train --examples
  --labels A,B,C         the labels, where the adapter has none or there is no adapter
  --model DIR            base model (default: the embedded model)
  --threads N            threads of the model (half of the processor's, at most 4)
  --json                 one JSON object instead of text`;

/** A text with its label, if it is known, and those that were found, the most probable one first. */
interface Answer {
  text: string;
  expected: string | undefined;
  labels: LabelProbability[];
}

/** Runs the command. */
export async function runClassify(args: string[]): Promise<void> {
  const { positionals, strings, numbers, flags } = parseOptions(args, {
    usage: USAGE,
    positionals: ["FILE"],
    strings: { adapter: "", labels: "", model: defaultModelFolder() },
    numbers: { threads: writingThreads },
    flags: ["json"],
  });
  const labels = findLabels(strings);
  const texts = parseTexts(readExamples(positionals[0]!));
  if (texts.length === 0) {
    throw new Error(
      `Cannot classify ${positionals[0]}: it has no texts, expected at least one`,
    );
  }
  const engine = await loadForCommand(
    requestOf({ ...strings, threads: numbers.threads }),
  );
  const answers: Answer[] = [];
  try {
    const classify = await createClassifier(engine, labels);
    for (const { prompt, completion } of texts) {
      const answer = {
        text: prompt.trim(),
        expected: completion?.trim(),
        labels: await classify(framed(prompt, labels)),
      };
      answers.push(answer);
      if (!flags.json) process.stdout.write(`${lineOf(answer)}\n`);
    }
  } finally {
    await engine.dispose();
  }
  const names = labels.completions.map((completion) => labelOf({ completion }));
  const report = reportOn(answers, names);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ answers, ...report })}\n`);
  } else if (report) {
    process.stdout.write(
      `\nRight: ${report.right} of ${report.rows} (${percent(report.right / report.rows)})\n${describeConfusions({ names, confusions: report.confusions })}\n`,
    );
  }
}

/** The labels that were asked for, else those that the adapter learned. */
function findLabels({
  adapter,
  labels,
}: {
  adapter: string;
  labels: string;
}): LabelledRows {
  const manifestFile = path.join(adapter, MANIFEST_FILE);
  const learned =
    adapter !== "" && existsSync(manifestFile)
      ? readManifest(manifestFile).labels
      : undefined;
  const names = labels
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 1) {
    throw new UsageError(
      `--labels is "${labels}", expected at least two names with commas between them\n\n${USAGE}`,
    );
  }
  if (names.length > 1) return chooseLabels(names, learned);
  if (learned) return learned;
  throw new UsageError(
    adapter === ""
      ? `Found neither --adapter nor --labels, expected one of them\n\n${USAGE}`
      : `The adapter ${adapter} has learned no labels, expected one made by "inkling train --examples" on rows with few different completions, or --labels\n\n${USAGE}`,
  );
}

/** Names as the adapter learned to write them; without one they stand in a line of their own. */
function chooseLabels(
  names: readonly string[],
  learned: LabelledRows | undefined,
): LabelledRows {
  const frame = learned ?? { completions: [], before: "", after: "\n\n" };
  const written = new Map(
    frame.completions.map((completion) => [
      labelOf({ completion }),
      completion,
    ]),
  );
  return {
    ...frame,
    completions: [...new Set(names)].map((name) => written.get(name) ?? name),
  };
}

const MAX_SHOWN_CHARACTERS = 60;

function lineOf({ text, expected, labels }: Answer): string {
  const [best] = labels;
  const line = text.replace(/\s+/g, " ");
  const shown =
    line.length > MAX_SHOWN_CHARACTERS
      ? `${line.slice(0, MAX_SHOWN_CHARACTERS)}…`
      : line;
  const mark =
    expected === undefined || expected === best!.label
      ? ""
      : `\t(expected ${expected})`;
  return `${best!.label}\t${percent(best!.probability)}\t${shown}${mark}`;
}

/** What was right of the texts whose label is known and one of these; undefined where there are none. */
function reportOn(
  answers: readonly Answer[],
  names: readonly string[],
): { rows: number; right: number; confusions: number[][] } | undefined {
  const rows = answers.flatMap(({ expected, labels }) =>
    expected === undefined || !names.includes(expected)
      ? []
      : [
          {
            expected: names.indexOf(expected),
            found: names.indexOf(labels[0]!.label),
          },
        ],
  );
  if (rows.length === 0) return undefined;
  return {
    rows: rows.length,
    right: rows.filter((row) => row.expected === row.found).length,
    confusions: confusionsOf(rows, names.length),
  };
}
