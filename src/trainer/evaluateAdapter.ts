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
import { engineGenerator } from "../engine/engineGenerator";
import { createTextScorer, type LoadedTextScorer } from "../engine/textScorer";

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
  const sizes = { ...DEFAULT_COMPARISON_SIZES, ...request.sizes };
  const seed = request.seed ?? 1;
  const plan = planComparison(documents, { sizes, seed });
  const measure = (
    side: "before" | "after",
    limits: { spans: readonly Span[]; maxTypingSeconds: number },
  ) =>
    measureModel(request[side], {
      documents,
      plan: { ...plan, ...limits },
      general: request.general?.slice(0, sizes.generalCharacters),
      signal,
      onProgress: (fraction) => onProgress(side, fraction),
    });
  const before = await measure("before", {
    spans: plan.spans,
    maxTypingSeconds: sizes.maxTypingSeconds,
  });
  const spans = before.typed;
  const after = await measure("after", {
    spans,
    maxTypingSeconds: Infinity,
  });
  const training = request.training.map(evaluationDocument);
  const proof = compareModels(
    { before, after },
    {
      documents,
      spans,
      baselineTexts: rivalTextsOf(training, { documents, spans, seed }),
      seed,
    },
  );
  return { proof, verdict: verdictOf(proof) };
}

/** What one side is measured with. */
interface MeasureOptions {
  documents: readonly EvaluationDocument[];
  plan: Pick<ComparisonPlan, "excerpts"> & {
    spans: readonly Span[];
    maxTypingSeconds: number;
  };
  general: string | undefined;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
}

/** Shares of a side's time; loading takes the first hundredths. */
const TYPING_STARTS = 0.03;
const SCORING_STARTS = 0.75;

async function measureModel(
  request: LoadModelRequest,
  options: MeasureOptions,
): Promise<ModelMeasures & { typed: Span[] }> {
  const { signal, onProgress } = options;
  onProgress(0);
  const parts = await loadEngineParts(request, () => {});
  const engine = new Engine(parts);
  try {
    if (parts.adapterFault !== undefined) throw new Error(parts.adapterFault);
    onProgress(TYPING_STARTS);
    const { pass, typed } = await typeSpans(engine, options);
    onProgress(SCORING_STARTS);
    const scorer = await createTextScorer(parts, {
      threads: request.threads,
      prefill: parts.sessions.prefill,
    });
    try {
      const tokens = await scoreExcerpts(scorer, options);
      const general = await scoreGeneral(scorer, options);
      signal.throwIfAborted();
      onProgress(1);
      return { pass, typed, tokens, general };
    } finally {
      await scorer.dispose();
    }
  } finally {
    await engine.dispose();
  }
}

/** Types the spans in their order until the time is up; answers those that were typed. */
async function typeSpans(
  engine: Engine,
  { documents, plan, signal, onProgress }: MeasureOptions,
): Promise<{ pass: RecordedPass; typed: Span[] }> {
  const pass = new RecordedPass(documents, EVALUATION_SETTINGS);
  const generator = engineGenerator(engine);
  const minProbability = minTokenProbability(
    GATE_SETTINGS[EVALUATION_SETTINGS.mode],
  );
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const tell = (numSpans: number) => {
    const share = Math.max(
      numSpans / plan.spans.length,
      seconds() / plan.maxTypingSeconds,
    );
    onProgress(
      TYPING_STARTS + (SCORING_STARTS - TYPING_STARTS) * Math.min(1, share),
    );
  };
  const typed: Span[] = [];
  for (const span of plan.spans) {
    if (typed.length > 0 && seconds() > plan.maxTypingSeconds) break;
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

async function scoreExcerpts(
  scorer: LoadedTextScorer,
  { documents, plan, signal, onProgress, general = "" }: MeasureOptions,
): Promise<ScoredToken[]> {
  const tokens: ScoredToken[] = [];
  const lengthOf = ({ start, end }: Span) => end - start;
  const total =
    plan.excerpts.reduce((sum, each) => sum + lengthOf(each), 0) +
    general.length;
  let done = 0;
  for (const excerpt of plan.excerpts) {
    const { documentIndex, start, end } = excerpt;
    const text = documents[documentIndex]!.text.slice(start, end);
    for await (const token of scorer.tokens(text)) {
      tokens.push({ documentIndex, ...token, end: start + token.end });
    }
    signal.throwIfAborted();
    done += lengthOf(excerpt);
    onProgress(SCORING_STARTS + ((1 - SCORING_STARTS) * done) / total);
  }
  return tokens;
}

async function scoreGeneral(
  scorer: LoadedTextScorer,
  { general, signal }: MeasureOptions,
): Promise<number | undefined> {
  if (general === undefined || general.trim() === "") return undefined;
  signal.throwIfAborted();
  const { bits, characters } = await scorer.bits(general);
  return characters === 0 ? undefined : bits / characters;
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
