// Scores a recorded pass for one gate: what would have been shown, and what writers would have had of it.

import { decide } from "../completion/decide";
import type { CompletionSettings } from "../completion/decision";
import {
  gateFor,
  minTokenProbability,
  type GateSettings,
} from "../completion/gateSettings";
import { isRight } from "./acceptedWords";
import { quantile } from "../common/statistics";
import { ratio } from "./figures";
import { MAX_TYPED_LETTERS, type EvaluationPlan, type Span } from "./plan";
import type { AskedRecord, RecordedPass } from "./record";
import { contextOf } from "./recorder";
import {
  simulateWriter,
  type SuggestionAt,
  type SimulatedUserLog,
  type WriterOptions,
} from "./simulatedUser";
import { findUnitEnds } from "../completion/words";

/** VS Code waits this long after a key before it asks a provider. */
const EDITOR_DELAY_MS = 50;

/** What a gate lets through at each position of a pass. */
export function suggestionsOf(
  pass: RecordedPass,
  {
    gate,
    settings,
  }: { gate?: GateSettings | undefined; settings: CompletionSettings },
): SuggestionAt {
  return ({ documentIndex, position, visible }) => {
    const candidate = pass.candidateAt({ documentIndex, position });
    if (!candidate) return { text: "" };
    const context = contextOf(pass.documents[documentIndex]!, {
      position,
      settings,
    });
    const decision = decide(context, [candidate.continuation], {
      gate,
      visible,
    });
    if (decision.kind === "silent") return { text: "" };
    return {
      text: decision.suggestions[0]?.text ?? "",
      request: {
        position: candidate.asked.position,
        latencyMs:
          EDITOR_DELAY_MS +
          latencyOf(candidate.asked, gate ?? gateFor(context)),
      },
    };
  };
}

/** The same suggestions, computed once for each position. */
export function remember(suggestionAt: SuggestionAt): SuggestionAt {
  const suggestions = new Map<string, ReturnType<SuggestionAt>>();
  return (place) => {
    const { documentIndex, position, visible = "" } = place;
    const key = `${documentIndex}:${position}:${visible}`;
    let suggestion = suggestions.get(key);
    if (!suggestion) {
      suggestion = suggestionAt(place);
      suggestions.set(key, suggestion);
    }
    return suggestion;
  };
}

/** Types all spans. */
export function simulateUsers(
  spans: readonly Span[],
  {
    pass,
    suggestionAt,
    options,
  }: {
    pass: Pick<RecordedPass, "documents">;
    suggestionAt: SuggestionAt;
    options: WriterOptions;
  },
): SimulatedUserLog[] {
  return spans.map((span) =>
    simulateWriter(span, {
      text: pass.documents[span.documentIndex]!.text,
      suggestionAt,
      options,
    }),
  );
}

/** Milliseconds from request to suggestion: the recorded time without the tokens that this gate would not have waited for. */
export function latencyOf(record: AskedRecord, gate: GateSettings): number {
  const { tokens } = record.generation;
  const minimum = Math.log(minTokenProbability(gate));
  const index = tokens.findIndex((token) => token.logProbability < minimum);
  const needed = index < 0 ? tokens.length : index + 1;
  const unneeded = ratio(tokens.length - needed, tokens.length);
  return record.elapsedMs - record.decodeMs * unneeded;
}

/** p50 and p95 of `latencyOf` over all requests of a pass. */
export function latenciesOf(
  pass: RecordedPass,
  gate: GateSettings,
): { p50: number; p95: number } {
  const all = pass.askedRecords().map((record) => latencyOf(record, gate));
  return { p50: quantile(all, 0.5) ?? 0, p95: quantile(all, 0.95) ?? 0 };
}

/** Share of the sampled words that the model finishes rightly after 0, 1, 2 and 3 typed letters, whatever it thinks of them. */
export function nextWordHits(
  pass: RecordedPass,
  words: EvaluationPlan["words"],
): number[] {
  if (words.length === 0) return [];
  return Array.from({ length: MAX_TYPED_LETTERS + 1 }, (_, letters) => {
    const hits = words.filter(({ documentIndex, start }) => {
      const position = start + letters;
      const written =
        pass.candidateAt({ documentIndex, position })?.continuation.text ?? "";
      const [end = 0] = findUnitEnds(written);
      const truth = pass.documents[documentIndex]!.text.slice(position);
      return isRight(written.slice(0, end), truth);
    });
    return ratio(hits.length, words.length);
  });
}
