// Proves an adapter: measures the model without it and with it on held-out text, one engine after the other, through the
// graphs that ship and the completion code of the editor. Used by the trainer process after training.

import { GATE_SETTINGS, minTokenProbability } from "../completion/gateSettings";
import {
  compareModels,
  EVALUATION_SETTINGS,
  verdictOf,
  type ModelMeasures,
  type ScoredToken,
} from "../evaluation/compare";
import type { BaselineTexts } from "../evaluation/evaluate";
import type { EvaluationDocument, Span } from "../evaluation/plan";
import {
  DEFAULT_COMPARISON_SIZES,
  planComparison,
  planTyping,
  type ComparisonPlan,
  type ComparisonSizes,
} from "../evaluation/comparisonPlan";
import { languageOf } from "../documents/documentKinds";
import { RecordedPass } from "../evaluation/record";
import { recordPass } from "../evaluation/recorder";
import type { EvaluationReport, Verdict } from "../protocol/training";
import type { LoadModelRequest } from "../protocol/worker";
import { Engine, loadEngineParts } from "../engine/engine";
import type { EngineParts } from "../engine/engineParts";
import { engineGenerator } from "../engine/engineGenerator";
import { createTextScorer, type TextToken } from "../engine/textScorer";

/** A text with its path within the workspace. */
export interface NamedText {
  name: string;
  text: string;
}

/** What is to be proven, and on what. */
export interface EvaluationRequest {
  before: LoadModelRequest;
  after: LoadModelRequest;
  /** At least one, with text. */
  heldOut: readonly NamedText[];
  /** What was learned from: the baselines read it. */
  training: readonly NamedText[];
  /** General prose, for forgetting. */
  general: string | undefined;
  sizes?: Partial<ComparisonSizes>;
  seed?: number;
  /** Both sides together end within about so long, and look at less where that is little; no limit if left out. */
  maxSeconds?: number;
}

/** How an evaluation is watched and stopped. */
export interface EvaluateOptions {
  signal: AbortSignal;
  /** `fraction` is of that side, 0 to 1. */
  onProgress?: (side: "before" | "after", fraction: number) => void;
}

/** Rejects when aborted, when the adapter cannot be used, and when there is no text to measure on. */
export async function evaluateAdapter(
  request: EvaluationRequest,
  { signal, onProgress = () => {} }: EvaluateOptions,
): Promise<{ proof: EvaluationReport; verdict: Verdict }> {
  const documents = request.heldOut
    .map(evaluationDocument)
    .filter(({ text }) => text.trim() !== "");
  if (documents.length === 0) {
    throw new Error(
      "Cannot prove the adapter: the held-out documents are empty, expected at least one with text",
    );
  }
  const { maxSeconds = Infinity } = request;
  const sizes = sizesWithin(maxSeconds, {
    ...DEFAULT_COMPARISON_SIZES,
    ...request.sizes,
  });
  const seed = request.seed ?? 1;
  const plan = planComparison(documents, { sizes, seed });
  const general = request.general?.trim() === "" ? undefined : request.general;
  const startMs = performance.now();
  const measure = (
    side: "before" | "after",
    limits: { spans: readonly Span[]; maxTypingSeconds: number },
  ) =>
    measureModel(request[side], {
      documents,
      plan: { ...plan, ...limits },
      // The second side has what the first has left over.
      endMs: startMs + 1000 * maxSeconds * (side === "before" ? 0.5 : 1),
      general: general?.slice(0, sizes.generalCharacters),
      signal,
      onProgress: (fraction) => onProgress(side, fraction),
    });
  const before = await measure("before", {
    spans: plan.spans,
    maxTypingSeconds: sizes.maxTypingSeconds,
  });
  const after = await measure("after", {
    spans: before.typed,
    maxTypingSeconds: Infinity,
  });
  // Of both sides: on a machine that has become slower meanwhile, the second gets less far.
  const spans = after.typed;
  const training = request.training.map(evaluationDocument);
  const proof = compareModels(toSameTexts({ before, after }), {
    documents,
    spans,
    baselineTexts: rivalTextsOf(training, { documents, spans, seed }),
    seed,
  });
  return { proof, verdict: verdictOf(proof) };
}

/** What one side is measured with. */
interface MeasureOptions {
  documents: readonly EvaluationDocument[];
  plan: Pick<ComparisonPlan, "excerpts"> & {
    spans: readonly Span[];
    maxTypingSeconds: number;
  };
  /** Typing ends then, by `performance.now()`. */
  endMs: number;
  general: string | undefined;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
}

/** Within less than this there is time for a part of the texts alone. */
const WHOLE_SECONDS = 150;

/** What is scored takes as long as it takes, so it is chosen by the time; typing ends by the clock. */
function sizesWithin(
  maxSeconds: number,
  sizes: ComparisonSizes,
): ComparisonSizes {
  const share = Math.min(1, maxSeconds / WHOLE_SECONDS);
  return {
    ...sizes,
    scoredCharacters: Math.ceil(share * sizes.scoredCharacters),
    generalCharacters: Math.ceil(share * sizes.generalCharacters),
  };
}

/** What is measured of one side. */
interface MeasuredSide extends ScoredTexts {
  pass: RecordedPass;
  /** The spans that there was time for. */
  typed: Span[];
}

/** Shares of a side's time; loading takes the first hundredths. */
const SCORING_STARTS = 0.05;
const TYPING_STARTS = 0.3;

async function measureModel(
  request: LoadModelRequest,
  options: MeasureOptions,
): Promise<MeasuredSide> {
  const { signal, onProgress } = options;
  onProgress(0);
  const parts = await loadEngineParts(request, () => {});
  const engine = new Engine(parts);
  try {
    if (parts.adapterFault !== undefined) throw new Error(parts.adapterFault);
    onProgress(SCORING_STARTS);
    const scored = await scoreTexts(parts, request.threads, options);
    onProgress(TYPING_STARTS);
    const { pass, typed } = await typeSpans(engine, options);
    signal.throwIfAborted();
    onProgress(1);
    return { pass, typed, ...scored };
  } finally {
    await engine.dispose();
  }
}

/** Types the spans in their order until the time is up; answers those that were typed, at least one. */
async function typeSpans(
  engine: Engine,
  { documents, plan, endMs, signal, onProgress }: MeasureOptions,
): Promise<{ pass: RecordedPass; typed: Span[] }> {
  const pass = new RecordedPass(documents, EVALUATION_SETTINGS);
  const generator = engineGenerator(engine);
  const minProbability = minTokenProbability(
    GATE_SETTINGS[EVALUATION_SETTINGS.mode],
  );
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const maxSeconds = Math.min(plan.maxTypingSeconds, (endMs - start) / 1000);
  const tell = (numSpans: number) => {
    const share = Math.max(
      numSpans / plan.spans.length,
      seconds() / Math.max(1, maxSeconds),
    );
    onProgress(TYPING_STARTS + (1 - TYPING_STARTS) * Math.min(0.99, share));
  };
  const typed: Span[] = [];
  for (const span of plan.spans) {
    // One more would end so much later as one takes.
    const perSpan = typed.length > 0 ? seconds() / typed.length : 0;
    if (typed.length > 0 && seconds() + perSpan > maxSeconds) break;
    await recordPass(generator, {
      plan: { spans: [span], words: [] },
      pass,
      options: {
        settings: EVALUATION_SETTINGS,
        completer: { minProbability },
        signal,
        onProgress: (done, total) => tell(typed.length + done / total),
      },
    });
    signal.throwIfAborted();
    typed.push(span);
  }
  return { pass, typed };
}

/** Bits of tokens in the order in which they were scored. */
interface ScoredTexts {
  tokens: ScoredToken[];
  general: TextToken[];
}

/** Scoring ends at these shares of a side's time: general prose, and then the excerpts of the documents. */
const GENERAL_ENDS = 0.2;
const EXCERPTS_END = 0.5;

/**
 * Counts the bits of general prose and of the excerpts in an order drawn at random, as far as there is time, with a
 * session that is gone afterwards.
 */
async function scoreTexts(
  parts: EngineParts,
  threads: number,
  { documents, plan, endMs, general = "", signal, onProgress }: MeasureOptions,
): Promise<ScoredTexts> {
  const startMs = performance.now();
  const { prefill } = parts.sessions;
  const scorer = await createTextScorer(parts, { threads, prefill });
  const lengths = plan.excerpts.map(({ start, end }) => end - start);
  const total = lengths.reduce((sum, length) => sum + length, general.length);
  let done = 0;
  const read = async (
    text: string,
    share: number,
    onToken: (token: TextToken) => void,
  ) => {
    const until = startMs + share * (endMs - startMs);
    if (done > general.length && performance.now() > until) return;
    for await (const token of scorer.tokens(text)) {
      signal.throwIfAborted();
      onToken(token);
      onProgress(
        SCORING_STARTS +
          ((TYPING_STARTS - SCORING_STARTS) * (done + token.end)) / total,
      );
      if (performance.now() > until) break;
    }
    done += text.length;
  };
  try {
    const scored: ScoredTexts = { tokens: [], general: [] };
    await read(general, GENERAL_ENDS, (token) => scored.general.push(token));
    for (const { documentIndex, start, end } of plan.excerpts) {
      const text = documents[documentIndex]!.text.slice(start, end);
      await read(text, EXCERPTS_END, (token) =>
        scored.tokens.push({ documentIndex, ...token, end: start + token.end }),
      );
    }
    return scored;
  } finally {
    await scorer.dispose();
  }
}

/** Both sides cut to what both have scored: the second had less time if the machine has become slower. */
function toSameTexts(sides: { before: MeasuredSide; after: MeasuredSide }) {
  const { before, after } = sides;
  const ofBoth = <T extends TextToken & { documentIndex?: number }>(
    mine: readonly T[],
    other: readonly T[],
  ) => {
    const nameOf = ({ documentIndex, end }: T) => `${documentIndex}:${end}`;
    const known = new Set(other.map(nameOf));
    return mine.filter((token) => known.has(nameOf(token)));
  };
  const measures = (mine: MeasuredSide, other: MeasuredSide): ModelMeasures => {
    const general = ofBoth(mine.general, other.general);
    const sum = (key: "bits" | "characters") =>
      general.reduce((total, token) => total + token[key], 0);
    const characters = sum("characters");
    return {
      pass: mine.pass,
      tokens: ofBoth(mine.tokens, other.tokens),
      general: characters > 0 ? sum("bits") / characters : undefined,
    };
  };
  return { before: measures(before, after), after: measures(after, before) };
}

function evaluationDocument({ name, text }: NamedText): EvaluationDocument {
  return {
    name,
    languageId: languageOf(name),
    text: text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"),
  };
}

/** The baselines read so much of the workspace; more would take longer than the model. */
const MAX_RIVAL_CHARACTERS = 2_000_000;
/** Characters of the workspace on which their thresholds are chosen. */
const TUNING_CHARACTERS = 6000;
/** With fewer documents the thresholds are chosen on the held-out text itself, in the baselines' favour. */
const MIN_TUNED_WORKSPACE = 4;

/** Every fourth document of the workspace is held back from the baselines to choose their thresholds on. */
function rivalTextsOf(
  training: readonly EvaluationDocument[],
  {
    documents,
    spans,
    seed,
  }: {
    documents: readonly EvaluationDocument[];
    spans: readonly Span[];
    seed: number;
  },
): BaselineTexts {
  let left = MAX_RIVAL_CHARACTERS;
  const workspace = training.filter(({ text }) => (left -= text.length) > 0);
  if (workspace.length < MIN_TUNED_WORKSPACE) {
    return { workspace, tuning: { workspace, documents, spans } };
  }
  const isHeldBack = (index: number) => index % 4 === 3;
  const tuned = workspace.filter((_, index) => isHeldBack(index));
  return {
    workspace,
    tuning: {
      workspace: workspace.filter((_, index) => !isHeldBack(index)),
      documents: tuned,
      spans: planTyping(tuned, { characters: TUNING_CHARACTERS, seed }),
    },
  };
}
