// What is measured, by name: the same questions are put to our meter and, turn by turn, to the programs of a peer.

import type { Measurement, SpeedMeter } from "./speedMeter";
import { peakMemoryMb } from "../../src/trainer/peakMemory";

export const MEASURES = [
  "prefill",
  "prefillChunked",
  "decode",
  "decodeInLongRuns",
  "continuation",
  "memory",
] as const;

/** `prefill` to `decodeInLongRuns` are tokens/s, `continuation` is milliseconds, `memory` megabytes. */
export type Measure = (typeof MEASURES)[number];

/** One question: `tokens` are read, or stand before what is written. */
export interface Question {
  measure: Measure;
  tokens: number;
}

/** Four tokens, where the editor usually is. */
export const CONTINUATION = {
  measure: "continuation",
  tokens: 512,
} as const satisfies Question;

/** The peak of the process so far. */
export const MEMORY = {
  measure: "memory",
  tokens: 1,
} as const satisfies Question;

/** All questions but those for memory, in the order in which a round puts them. */
export function speedQuestions(contexts: readonly number[]): Question[] {
  const measures = MEASURES.slice(0, 4);
  return [
    ...contexts.flatMap((tokens) =>
      measures.map((measure) => ({ measure, tokens })),
    ),
    CONTINUATION,
  ];
}

/** What the editor asks for, in the most memory that it needs: nothing here reads a long prompt in one run. */
export const WORK: readonly Question[] = [
  { measure: "prefillChunked", tokens: CONTINUATION.tokens },
  CONTINUATION,
];

/** Whether less is better, as of milliseconds and megabytes. */
export function isCost({ measure }: Question): boolean {
  return measure === "continuation" || measure === "memory";
}

/** The name under which the answers to a question are kept. */
export function nameOf({ measure, tokens }: Question): string {
  return `${measure} ${tokens}`;
}

/** Answers one question. */
export async function answer(
  meter: SpeedMeter,
  { measure, tokens }: Question,
): Promise<Measurement> {
  switch (measure) {
    case "prefill":
      return meter.readAtOnce(tokens);
    case "prefillChunked":
      return meter.readInChunks(tokens);
    case "decode":
      return meter.write(tokens);
    case "decodeInLongRuns":
      return meter.writeInLongRuns(tokens);
    case "continuation":
      return meter.writeFour(tokens);
    case "memory":
      return { value: peakMemoryMb(), tokensPerRun: 0 };
  }
}

/** Reads a question from a line of JSON; throws a `TypeError` that says what was expected. */
export function parseQuestion(line: string): Question {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    json = undefined;
  }
  const { measure, tokens = 1 } = (json ?? {}) as Partial<Question>;
  const known = MEASURES.find((each) => each === measure);
  if (!known || !Number.isInteger(tokens) || tokens < 1) {
    throw new TypeError(
      `Cannot measure ${line.slice(0, 80)}: expected {"measure": one of ${MEASURES.join(", ")}, "tokens": a whole number above 0}`,
    );
  }
  return { measure: known, tokens };
}
