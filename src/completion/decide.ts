// Turns what the model wrote into what is shown, or into a reason for showing nothing.
// A pure function: the editor, the evaluator and the tests all call it. Line endings are LF throughout.

import type { GeneratedToken } from "../protocol/generation";
import type { Continuation } from "./alignment";
import { distinctChoices } from "./choices";
import type {
  CompletionContext,
  Decision,
  SilenceReason,
  Suggestion,
} from "./decision";
import {
  gateFor,
  minTokenProbability,
  type GateSettings,
} from "./gateSettings";
import { floorToGrapheme } from "./graphemes";
import { reindent } from "./indentation";
import { fitOverlap, wordsBehind } from "./overlap";
import { findRepetition } from "./repetition";
import { passGate } from "./showGate";
import { countedLength, UNSPACED_LETTERS } from "../text/scripts";

const MANUAL_SUGGESTIONS = 3;

/** What a decision may depend on beside the context. */
export interface DecideOptions {
  /** Rejections near the cursor and by how much they raise what is asked for. */
  penalty?: { rejections: number; raise: number };
  /** What is on the screen and still in the way of the text: it stays, so that typing along it never flickers. */
  visible?: string | undefined;
  /** In place of the settings of the context's mode, to measure others. */
  gate?: GateSettings | undefined;
}

interface GateOutcome {
  suggestion?: Suggestion;
  leadsToRest?: boolean;
  midLineConfidence?: number | undefined;
  reason?: SilenceReason;
  confidence: number;
}

/** The decision on continuations of `context.textBefore`, the first of which is the model's best. */
export function decide(
  context: CompletionContext,
  continuations: Continuation[],
  options: DecideOptions = {},
): Decision {
  const isManual = context.trigger === "manual";
  const gate = options.gate ?? gateFor(context);
  const outcomes = continuations.map((continuation) =>
    applyGate(context, { continuation, gate, options }),
  );
  // The sort is stable: among equals the model's order stays.
  const ranked = [...outcomes].sort((a, b) => rankOf(b) - rankOf(a));
  const suggestions = distinctChoices(
    ranked.flatMap(({ suggestion }) => suggestion ?? []),
  );
  const best = ranked.find(({ suggestion }) => suggestion);
  if (!best) {
    const [first] = outcomes;
    const withheld = tokensOf(continuations[0]);
    return {
      kind: "silent",
      reason: first?.reason ?? { code: "nothing-generated" },
      ...(first && { confidence: first.confidence }),
      ...(withheld.length > 0 && { withheld }),
    };
  }
  return {
    kind: "show",
    suggestions: suggestions.slice(0, isManual ? MANUAL_SUGGESTIONS : 1),
    confidence: best.confidence,
    gate,
    ...(best.midLineConfidence !== undefined && { isMidLine: true }),
  };
}

/** How well a suggestion leads up to what stands behind the cursor, as the model or else the letters say. */
function rankOf({
  midLineConfidence,
  leadsToRest = false,
}: GateOutcome): number {
  return midLineConfidence ?? Number(leadsToRest);
}

/** All that the model wrote, with the token that ended it. */
function tokensOf(continuation: Continuation | undefined): GeneratedToken[] {
  if (!continuation) return [];
  const { tokens, refused } = continuation;
  return [...tokens.map(({ token }) => token), ...(refused ? [refused] : [])];
}

/** Fits one continuation to its surroundings, then asks the gate how much of it may be shown. */
function applyGate(
  context: CompletionContext,
  {
    continuation: whole,
    gate,
    options,
  }: { continuation: Continuation; gate: GateSettings; options: DecideOptions },
): GateOutcome {
  const { textBefore, textAfter } = context;
  const { midLineConfidence } = whole;
  const continuation =
    midLineConfidence === undefined
      ? cutAtImprobable(whole, minTokenProbability(gate))
      : whole;
  const { text } = continuation;
  const silent = (reason: SilenceReason, confidence = 0): GateOutcome => ({
    reason,
    confidence,
  });
  const threshold = gate.minFirstWord + (options.penalty?.raise ?? 0);
  if (text === "") {
    const isUnsure = continuation.stopReason === "unsure";
    return silent(
      isUnsure
        ? { code: "unsure", confidence: nextProbability(whole), threshold }
        : { code: "nothing-generated" },
    );
  }
  if (text.trim() === "") return silent({ code: "whitespace-only" });
  if (isAtLineStart(textBefore) && /^[ \t]/.test(text)) {
    return silent({ code: "indentation" });
  }
  // Before words on the line all of it is shown, or nothing: it leads up to them as a whole.
  const fillsGap =
    continuation.fillsGap === true &&
    !text.includes("\n") &&
    wordsBehind(textAfter) !== "";
  const fit = fitOverlap(text, {
    ...context,
    mustRunIntoWords:
      midLineConfidence === undefined &&
      !fillsGap &&
      context.trigger === "automatic",
  });
  if ("reason" in fit) return silent(fit.reason);

  const loop = findRepetition(text.slice(0, fit.length), textBefore);
  if (loop === 0) return silent({ code: "repetition" });
  const maxLength = Math.min(fit.length, loop ?? Infinity);
  const passed =
    midLineConfidence === undefined
      ? passGate(continuation, {
          gate: { ...gate, minFirstWord: threshold },
          maxLength,
        })
      : {
          confidence: midLineConfidence,
          length: midLineConfidence < threshold ? 0 : maxLength,
        };
  const { confidence } = passed;
  const passedLength =
    fillsGap && passed.length < maxLength ? 0 : passed.length;
  const { visible = "" } = options;
  const isVisible =
    visible !== "" && text.slice(0, maxLength).startsWith(visible);
  const length = Math.max(passedLength, isVisible ? visible.length : 0);
  if (length === 0) {
    const { rejections, raise } = options.penalty ?? {
      rejections: 0,
      raise: 0,
    };
    const isRejected = raise > 0 && confidence >= gate.minFirstWord;
    return silent(
      isRejected
        ? { code: "rejected-here", rejections, confidence, threshold }
        : { code: "unsure", confidence, threshold },
      confidence,
    );
  }
  const shown = dropDangling(text.slice(0, floorToGrapheme(text, length)));
  if (shown.trim() === "")
    return silent({ code: "whitespace-only" }, confidence);
  if (!isVisible && countedLength(shown.trim()) < gate.minCharacters) {
    return silent(
      {
        code: "too-short",
        characters: shown.trim().length,
        threshold: gate.minCharacters,
      },
      confidence,
    );
  }
  return {
    confidence,
    leadsToRest: fit.leadsToRest ?? false,
    midLineConfidence,
    suggestion: {
      text: shown.includes("\n")
        ? reindent(shown, textBefore + textAfter)
        : shown,
      replacedAfter: length === fit.length ? fit.replacedAfter : 0,
      tokens: whole.tokens.map(({ token }) => token),
    },
  };
}

/** How probable the first token was that the model had in mind; the gate asks for that of the whole first word. */
function nextProbability({ tokens, refused }: Continuation): number {
  const [first] = tokens;
  if (first) return first.probability;
  return refused ? Math.exp(refused.logProbability) : 0;
}

/** Ends before a token that no gate lets pass, as the engine does when it is told that probability. */
function cutAtImprobable(
  continuation: Continuation,
  minProbability: number,
): Continuation {
  const { text, tokens } = continuation;
  const index = tokens.findIndex((each) => each.probability < minProbability);
  if (index < 0) return continuation;
  return {
    text: text.slice(0, Math.max(0, tokens[index]?.start ?? 0)),
    tokens: tokens.slice(0, index),
    stopReason: "unsure",
  };
}

function isAtLineStart(textBefore: string): boolean {
  return textBefore.slice(textBefore.lastIndexOf("\n") + 1).trim() === "";
}

/** Opening marks at the end: behind a space, and in scripts without spaces also behind a letter or a wide mark. */
const DANGLING = new RegExp(
  `(?:\\s+[([{<"'\`*_“‘«]+|[（［｛「『【〈《〔〖]+|(?<=[${UNSPACED_LETTERS}，。：；！？、])[“‘]+)$`,
  "u",
);

/** Without white space at the end, nor an opening mark that nothing follows. */
function dropDangling(text: string): string {
  const trimmed = text.trimEnd();
  const withoutOpener = trimmed.replace(DANGLING, "").trimEnd();
  return withoutOpener.trim() === "" ? trimmed : withoutOpener;
}
