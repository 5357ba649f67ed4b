// Puts the figures of one recorded pass together: the model in one or all modes, the baselines at the same precision,
// and how sure the difference is.

import type { CompletionSettings, GateMode } from "../completion/decision";
import { GATE_SETTINGS, type GateSettings } from "../completion/gateSettings";
import { compareSaved, type Interval } from "./bootstrap";
import {
  figuresByPlace,
  savedOf,
  showFiguresOf,
  type ShowFigures,
} from "./figures";
import { NgramModel } from "./ngramModel";
import { pauseFigures, type PauseFigures } from "./pauses";
import type { EvaluationDocument, EvaluationPlan, Span } from "./plan";
import type { RecordedPass } from "./record";
import {
  rivalContinuations,
  baselineSuggestions,
  tuneBaselineGate,
  type Baseline,
} from "./baseline";
import {
  latenciesOf,
  nextWordHits,
  suggestionsOf,
  remember,
  simulateUsers,
} from "./score";
import { WordCache } from "./wordCache";
import type { SuggestionAt, SimulatedUserLog } from "./simulatedUser";

/** Milliseconds between keys at which savings are gated by latency. */
const KEY_GAPS_MS = [120, 200, 300] as const;

/** Counts how well texts are predicted, such as the engine does. */
export interface TextScorer {
  bits(text: string): Promise<{ bits: number; characters: number }>;
}

export interface SavedFigures {
  whole: number;
  word: number;
}

/** What is printed of one mode. */
export interface ModeFigures extends ShowFigures {
  gate: GateSettings;
  saved1: SavedFigures;
  savedGated: Record<string, number>;
  byPlace: ReturnType<typeof figuresByPlace>;
  atPauses: PauseFigures;
  latencyMs: { p50: number; p95: number };
}

/** What is printed of a baseline: its figures with a threshold tuned to the model's precision. */
export interface BaselineFigures extends ShowFigures {
  gate: GateSettings;
  saved1: SavedFigures;
}

/** The figures of the model with one gate, and what its word writer did. */
export function scoreGate(
  pass: RecordedPass,
  {
    plan,
    gate,
    settings,
  }: {
    plan: EvaluationPlan;
    /** Those of the mode where it is not said. */
    gate?: GateSettings | undefined;
    settings: CompletionSettings;
  },
): { figures: ModeFigures; wordLogs: SimulatedUserLog[] } {
  const suggestionAt = remember(suggestionsOf(pass, { gate, settings }));
  const simulate = (options: { kind: "whole" | "word"; keyGapMs?: number }) =>
    simulateUsers(plan.spans, { pass, suggestionAt, options });
  const wordLogs = simulate({ kind: "word" });
  const savedGated: Record<string, number> = {};
  for (const keyGapMs of KEY_GAPS_MS) {
    savedGated[keyGapMs] = savedOf(simulate({ kind: "word", keyGapMs }));
  }
  return {
    wordLogs,
    figures: {
      gate: gate ?? GATE_SETTINGS[settings.mode],
      ...showFiguresOf(wordLogs),
      saved1: {
        whole: savedOf(simulate({ kind: "whole" })),
        word: savedOf(wordLogs),
      },
      savedGated,
      byPlace: figuresByPlace(wordLogs),
      atPauses: pauseFigures(plan.spans, {
        documents: pass.documents,
        suggestionAt,
      }),
      latencyMs: latenciesOf(pass, gate ?? GATE_SETTINGS[settings.mode]),
    },
  };
}

/** Texts that the baselines may read, and those on which their thresholds are chosen. */
export interface BaselineTexts {
  workspace: readonly EvaluationDocument[];
  tuning: {
    workspace: readonly EvaluationDocument[];
    documents: readonly EvaluationDocument[];
    spans: readonly Span[];
  };
}

export type BaselineName = "wordCache" | "ngram";

/** Runs the baselines over the same spans. Their continuations are computed once, for all precisions asked. */
export class BaselineScores {
  private readonly baselines: Record<
    BaselineName,
    { continuations: Continuations; tuning: Continuations }
  >;

  constructor(
    private readonly documents: readonly EvaluationDocument[],
    private readonly spans: readonly Span[],
    private readonly texts: BaselineTexts,
  ) {
    this.baselines = {
      wordCache: this.continue((workspace) => new WordCache(workspace)),
      ngram: this.continue((workspace) => new NgramModel(workspace)),
    };
  }

  /** A baseline's figures with its threshold tuned to a precision on the development text. */
  score(
    name: BaselineName,
    {
      precision,
      settings,
    }: { precision: number; settings: CompletionSettings },
  ): { figures: BaselineFigures; wordLogs: SimulatedUserLog[] } {
    const { documents, spans, texts } = this;
    const { continuations, tuning } = this.baselines[name];
    const gate = tuneBaselineGate(tuning, {
      ...texts.tuning,
      settings,
      precision,
    });
    const suggestionAt: SuggestionAt = baselineSuggestions(continuations, {
      documents,
      gate,
      settings,
    });
    const simulate = (kind: "whole" | "word") =>
      simulateUsers(spans, {
        pass: { documents },
        suggestionAt,
        options: { kind },
      });
    const wordLogs = simulate("word");
    return {
      wordLogs,
      figures: {
        gate,
        ...showFiguresOf(wordLogs),
        saved1: { whole: savedOf(simulate("whole")), word: savedOf(wordLogs) },
      },
    };
  }

  private continue(create: (workspace: string[]) => Baseline) {
    const { documents, spans, texts } = this;
    const textsOf = (from: readonly EvaluationDocument[]) =>
      from.map(({ text }) => text);
    return {
      continuations: rivalContinuations(create(textsOf(texts.workspace)), {
        documents,
        spans,
      }),
      tuning: rivalContinuations(
        create(textsOf(texts.tuning.workspace)),
        texts.tuning,
      ),
    };
  }
}

type Continuations = ReturnType<typeof rivalContinuations>;

/** Everything about one mode, in the form of `inkling evaluate --json`. */
export interface EvaluationResult extends ModeFigures {
  mode: GateMode;
  /** Whether a memory of the workspace was mixed in. */
  hasMemory: boolean;
  documents: number;
  characters: number;
  nextWordHit: number[];
  bitsPerCharacter: number | undefined;
  baselines: Record<BaselineName, BaselineFigures>;
  interval: Interval & { bestBaseline: BaselineName };
}

/** Scores one mode against the baselines. */
export function evaluateMode(
  pass: RecordedPass,
  {
    plan,
    mode,
    settings,
    baselines,
    bitsPerCharacter,
    hasMemory = false,
  }: {
    plan: EvaluationPlan;
    mode: GateMode;
    settings: CompletionSettings;
    baselines: BaselineScores;
    bitsPerCharacter: number | undefined;
    hasMemory?: boolean;
  },
): EvaluationResult {
  const { documents } = pass;
  const ours = scoreGate(pass, { plan, settings });
  const asked = { precision: ours.figures.precision, settings };
  const wordCache = baselines.score("wordCache", asked);
  const ngram = baselines.score("ngram", asked);
  const bestBaseline: BaselineName =
    wordCache.figures.saved1.word > ngram.figures.saved1.word
      ? "wordCache"
      : "ngram";
  const theirs = (bestBaseline === "wordCache" ? wordCache : ngram).wordLogs;
  return {
    mode,
    hasMemory,
    documents: documents.length,
    characters: plan.spans.reduce(
      (sum, { start, end }) => sum + end - start,
      0,
    ),
    ...ours.figures,
    nextWordHit: nextWordHits(pass, plan.words),
    bitsPerCharacter,
    baselines: { wordCache: wordCache.figures, ngram: ngram.figures },
    interval: {
      ...compareSaved(ours.wordLogs, { theirs, documents }),
      bestBaseline,
    },
  };
}

/** Bits per character over whole documents. */
export async function scoreTexts(
  scorer: TextScorer,
  documents: readonly EvaluationDocument[],
): Promise<number> {
  let bits = 0;
  let characters = 0;
  for (const { text } of documents) {
    const scored = await scorer.bits(text);
    bits += scored.bits;
    characters += scored.characters;
  }
  return characters > 0 ? bits / characters : 0;
}
