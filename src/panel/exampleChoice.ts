// A file of labelled examples: its first rows, what is wrong with it by line, and whether it is enough.

import path from "node:path";
import { createYielder } from "../common/yieldToEventLoop";
import {
  findExamplesShortage,
  parseExamplesInTurns,
  readExamples,
  splitExamples,
} from "../documents/examples";
import { CHARACTERS_PER_TOKEN } from "../documents/chooseDocuments";
import type { BlockedReason, FineTuningState } from "../words/panelCodes";

const NUM_FIRST_ROWS = 5;
const MAX_SHOWN_ERRORS = 50;

/** A file that was read. */
export interface ExampleChoice {
  file: string;
  /** Tokens to learn from, roughly. */
  trainingTokens: number;
  shown: NonNullable<FineTuningState["examples"]>;
  /** Why training cannot begin with it; undefined when it can. */
  blockedReason: BlockedReason | undefined;
}

/** Reads and judges a file; rejects when it cannot be read or is too large. */
export async function readExampleFile(file: string): Promise<ExampleChoice> {
  const { examples, errors } = await parseExamplesInTurns(
    readExamples(file),
    createYielder(undefined),
  );
  const split = splitExamples(examples);
  const shortage = findExamplesShortage(split);
  const characters = split.training.reduce(
    (sum, { prompt, completion }) => sum + prompt.length + completion.length,
    0,
  );
  return {
    file,
    trainingTokens: Math.round(characters / CHARACTERS_PER_TOKEN),
    blockedReason: shortage && { code: "too-few-examples", ...shortage },
    shown: {
      name: path.basename(file),
      rows: examples.length,
      firstRows: examples.slice(0, NUM_FIRST_ROWS),
      errors: errors.slice(0, MAX_SHOWN_ERRORS),
    },
  };
}
