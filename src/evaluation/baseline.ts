// What a baseline of the model is: it reads the workspace and the document so far and continues the text, with a
// probability for each piece. It then goes through the same fitting and gate as the model.

import type { Continuation } from "../completion/alignment";
import type { CompletionSettings } from "../completion/decision";
import { decide } from "../completion/decide";
import type { GateSettings } from "../completion/gateSettings";
import { showFiguresOf } from "./figures";
import type { EvaluationDocument, Span } from "./plan";
import { contextOf } from "./recorder";
import { remember, simulateUsers } from "./score";
import type { SuggestionAt, SimulatedUserLog } from "./simulatedUser";

/** Continues texts without a neural model. */
export interface Baseline {
  /** A new document begins; what was read of the last one is forgotten. */
  startDocument(): void;
  /** Learns text of the document, in order. */
  read(text: string): void;
  /** What could follow. The end of `textBefore` may be a part of a word and has not been read yet. */
  continueText(textBefore: string): Continuation | undefined;
}

/** A continuation made of these pieces. */
export function sureContinuation(
  pieces: readonly { text: string; probability: number }[],
): Continuation {
  let end = 0;
  const tokens = pieces.map(({ text, probability }) => {
    const start = end;
    end += text.length;
    const logProbability = Math.log(probability);
    const token = { tokenId: 0, text, logProbability, alternatives: [] };
    return { token, start, end, probability };
  });
  return {
    text: pieces.map(({ text }) => text).join(""),
    tokens,
    stopReason: "stop-rule",
  };
}

/** The continuations of a baseline at every position of the spans, computed in the order of the text. */
export function rivalContinuations(
  baseline: Baseline,
  {
    documents,
    spans,
  }: {
    documents: readonly EvaluationDocument[];
    spans: readonly Span[];
  },
): Map<string, Continuation> {
  const continuations = new Map<string, Continuation>();
  for (const [documentIndex, { text }] of documents.entries()) {
    baseline.startDocument();
    let numRead = 0;
    for (const span of spans) {
      if (span.documentIndex !== documentIndex) continue;
      for (let position = span.start; position < span.end; position++) {
        // The last word is left out until it is certainly whole.
        const safe = lastBoundary(text, position);
        if (safe > numRead) {
          baseline.read(text.slice(numRead, safe));
          numRead = safe;
        }
        const continuation = baseline.continueText(text.slice(0, position));
        if (continuation) {
          continuations.set(`${documentIndex}:${position}`, continuation);
        }
      }
    }
  }
  return continuations;
}

/** What a gate shows of a baseline's continuations. */
export function baselineSuggestions(
  continuations: ReadonlyMap<string, Continuation>,
  {
    documents,
    gate,
    settings,
  }: {
    documents: readonly EvaluationDocument[];
    gate: GateSettings;
    settings: CompletionSettings;
  },
): SuggestionAt {
  return remember(({ documentIndex, position, visible }) => {
    const continuation = continuations.get(`${documentIndex}:${position}`);
    if (!continuation) return { text: "" };
    const context = contextOf(documents[documentIndex]!, {
      position,
      settings,
    });
    const decision = decide(context, [continuation], { gate, visible });
    return decision.kind === "show"
      ? { text: decision.suggestions[0]?.text ?? "" }
      : { text: "" };
  });
}

/** The thresholds to choose from. */
const THRESHOLDS = Array.from({ length: 32 }, (_, i) => (i + 1) * 0.03);

/**
 * The lowest threshold with which the word writer's precision reaches the wanted one on development text; the
 * highest of all when none does.
 */
export function tuneBaselineGate(
  continuations: ReadonlyMap<string, Continuation>,
  {
    documents,
    spans,
    settings,
    precision,
  }: {
    documents: readonly EvaluationDocument[];
    spans: readonly Span[];
    settings: CompletionSettings;
    precision: number;
  },
): GateSettings {
  for (const threshold of THRESHOLDS) {
    const gate = baselineGate(threshold);
    const logs: SimulatedUserLog[] = simulateUsers(spans, {
      pass: { documents },
      suggestionAt: baselineSuggestions(continuations, {
        documents,
        gate,
        settings,
      }),
      options: { kind: "word" },
    });
    if (showFiguresOf(logs).precision >= precision) return gate;
  }
  return baselineGate(THRESHOLDS.at(-1)!);
}

/** A gate with one threshold for the first word and half of it for all that follows. */
function baselineGate(minFirstWord: number): GateSettings {
  return { minFirstWord, minRunning: minFirstWord / 2, minCharacters: 2 };
}

/** The index behind the last white space before `position`, or behind the last mark. */
function lastBoundary(text: string, position: number): number {
  let index = position;
  while (index > 0 && !/\s/.test(text[index - 1]!)) index--;
  return index;
}
