// Puts the evaluation of an adapter together: what a model saves a writer on held-out text before and after, on the same
// recorded positions, how sure the difference is, and what the workspace's word cache and n-gram model save there.

import type { CompletionSettings } from "../completion/decision";
import { GATE_SETTINGS } from "../completion/gateSettings";
import type { EvaluationReport, Verdict } from "../protocol/training";
import {
  completionSettings,
  defaultSettings,
} from "../settings/defaultSettings";
import {
  chooseUnits,
  compareRatio,
  countTyped,
  pairUnits,
  savedRatio,
  type Add,
  type UnitOf,
} from "./bootstrap";
import { BaselineScores, type BaselineTexts } from "./evaluate";
import { ratio, savedOf, showFiguresOf } from "./figures";
import type { EvaluationDocument, Span } from "./plan";
import { choosePassages } from "./passages";
import type { RecordedPass } from "./record";
import { suggestionsOf, remember, simulateUsers } from "./score";
import type { SuggestionAt, SimulatedUserLog } from "./simulatedUser";

/** The settings that a fresh installation has. */
export const EVALUATION_SETTINGS: CompletionSettings = completionSettings(
  defaultSettings,
  1,
);

/** Bits of one token of a document, which ends at `end`. */
export interface ScoredToken {
  documentIndex: number;
  end: number;
  bits: number;
  characters: number;
}

/** What was measured of one side. */
export interface ModelMeasures {
  pass: RecordedPass;
  tokens: ScoredToken[];
  /** Bits per character of general prose; undefined where none was given. */
  general: number | undefined;
}

/** Compares two sides that were measured on the same spans and excerpts. */
export function compareModels(
  { before, after }: { before: ModelMeasures; after: ModelMeasures },
  {
    documents,
    spans,
    baselineTexts,
    seed,
  }: {
    documents: readonly EvaluationDocument[];
    spans: readonly Span[];
    baselineTexts: BaselineTexts;
    seed: number;
  },
): EvaluationReport {
  const suggestions = {
    before: suggestionsIn(before.pass),
    after: suggestionsIn(after.pass),
  };
  const logs = {
    before: typeAll(spans, { documents, suggestionAt: suggestions.before }),
    after: typeAll(spans, { documents, suggestionAt: suggestions.after }),
  };
  const { unit, unitOf } = chooseUnits(logs.after, documents);
  const typed = pairUnits(countTyped, logs, unitOf);
  const scored = pairUnits(
    countScored,
    { before: before.tokens, after: after.tokens },
    unitOf,
  );
  const precision = showFiguresOf(logs.after).precision;
  const baselines = new BaselineScores(documents, spans, baselineTexts);
  const baselineSaved = (name: "wordCache" | "ngram") =>
    baselines.score(name, { precision, settings: EVALUATION_SETTINGS }).figures
      .saved1.word;
  return {
    documents: new Set(spans.map(({ documentIndex }) => documentIndex)).size,
    resampled: unit === "document" ? "documents" : "paragraphs",
    bitsPerCharacter: compareRatio(scored, {
      ratioOf: (sum) => ratio(sum.bits, sum.characters),
      seed,
    }),
    saved1Word: {
      ...compareRatio(typed, {
        ratioOf: savedRatio,
        seed,
      }),
      before: savedOf(logs.before),
      after: savedOf(logs.after),
    },
    precision: compareRatio(typed, {
      ratioOf: (sum) => ratio(sum.right, sum.shown),
      seed,
    }),
    wrongShowRate: compareRatio(typed, {
      ratioOf: (sum) => ratio(sum.shown - sum.right, sum.asked),
      seed,
    }),
    rivals: {
      wordCache: baselineSaved("wordCache"),
      ngram: baselineSaved("ngram"),
    },
    general:
      before.general === undefined || after.general === undefined
        ? undefined
        : { before: before.general, after: after.general },
    passages: choosePassages(suggestions, { documents, spans, seed }),
  };
}

/** General prose may become so much worse, in bits per character. */
export const MAX_FORGETTING = 0.03;

/**
 * An adapter helps when it saves more keys than the model without it, so surely that the 95% interval excludes zero, and
 * when it is worth more than a word list: it saves more than the better baseline, or its bits per character went down. One
 * that makes general prose worse by more than 3% forgets, whatever it saves. Where bits per character surely went down
 * and the interval of the saved keys lies on both sides of zero, it is unclear.
 */
export function verdictOf(
  proof: Pick<
    EvaluationReport,
    "general" | "saved1Word" | "rivals" | "bitsPerCharacter"
  >,
): Verdict {
  const { general, saved1Word, rivals: baselines, bitsPerCharacter } = proof;
  if (general && general.after > (1 + MAX_FORGETTING) * general.before) {
    return "forgets";
  }
  const isSure = saved1Word.after > saved1Word.before && saved1Word.low > 0;
  const bestBaseline = Math.max(baselines.wordCache, baselines.ngram);
  const isWorthIt =
    saved1Word.after > bestBaseline ||
    bitsPerCharacter.after < bitsPerCharacter.before;
  if (isSure && isWorthIt) return "helps";
  const hasLearned = bitsPerCharacter.high < 0;
  return hasLearned && saved1Word.low <= 0 && saved1Word.high > 0
    ? "unclear"
    : "no-gain";
}

function suggestionsIn(pass: RecordedPass): SuggestionAt {
  const gate = GATE_SETTINGS[EVALUATION_SETTINGS.mode];
  return remember(suggestionsOf(pass, { gate, settings: EVALUATION_SETTINGS }));
}

function typeAll(
  spans: readonly Span[],
  {
    documents,
    suggestionAt,
  }: { documents: readonly EvaluationDocument[]; suggestionAt: SuggestionAt },
): SimulatedUserLog[] {
  return simulateUsers(spans, {
    pass: { documents },
    suggestionAt,
    options: { kind: "word" },
  });
}

const countScored = {
  names: ["bits", "characters"] as const,
  into(
    add: Add<"bits" | "characters">,
    tokens: readonly ScoredToken[],
    unitOf: UnitOf,
  ): void {
    for (const { documentIndex, end, bits, characters } of tokens) {
      add(unitOf(documentIndex, end - 1), { bits, characters });
    }
  },
};
