// From a cursor in a document to a decision: looks among what was written lately, waits for a request that is under
// way, or asks the generator; then decides. The same code serves the editor, the evaluator and the CLI.
// Knows neither the editor nor the model; everything it keeps, it keeps by `documentKey`.

import { alignGeneration, type Continuation } from "./alignment";
import { decide } from "./decide";
import { isDecided } from "./earlyDecision";
import type { CompletionContext, Decision, SilenceReason } from "./decision";
import { gateFor } from "./gateSettings";
import { PendingRequest, type CursorPlace } from "./pendingRequest";
import type { Generator } from "./generator";
import { normaliseLineEndings, restoreLineEndings } from "./lineEndings";
import { LanguageKnowledge } from "./languageKnowledge";
import { cutBeforeFollowing, MID_LINE } from "./midLine";
import { Dismissals, type ShownText } from "./dismissals";
import { findObstacle } from "./obstacles";
import { wordsBehind } from "./overlap";
import { PromptWindows } from "./promptWindow";
import {
  RejectionMemory,
  type DocumentPlace,
  type RejectedBy,
} from "./rejectionMemory";
import { acceptSelected, insertSelected } from "./selectedCompletion";
import { requestFor } from "./requestFor";
import { cutAtStop } from "./stopRule";
import { suffixAt, suffixKey, type Suffix } from "./suffix";
import { SuggestionCache } from "./suggestionCache";

export type {
  CompletionContext,
  CompletionSettings,
  Decision,
  GateMode,
  SilenceReason,
  Suggestion,
} from "./decision";

/** Suggestions that a manual trigger offers at the most. */
const MANUAL_SUGGESTIONS = 3;

/** Cursors along one suggestion that are remembered in case that it is dismissed. */
const MAX_ALONG = 32;

/** What a completer does beside answering. */
export interface CompleterOptions {
  /** Compute what follows a shown suggestion before it is accepted. */
  prefetch?: boolean;
  /** Take back a half-typed word, so that it can become any word that begins like it; off only to be measured. */
  heal?: boolean;
  /** Let the model say how well words behind the cursor follow a suggestion; off only to be measured. */
  weighsFollowing?: boolean;
  /** Generate on below what the mode's gate lets pass, to record what other gates would show. */
  minProbability?: number;
  /** A clock in milliseconds. */
  now?: () => number;
}

/** Whether an answer may grow. */
export interface CompleteOptions {
  /**
   * With it, a first word is shown as soon as it is written; called at the most once, when all is written and another
   * text is to be shown at that cursor, which is then on hand.
   */
  onLonger?: (() => void) | undefined;
}

/** What was written for a cursor, or as much of it as is enough to decide on. */
interface Obtained {
  continuations: Continuation[];
  /** What is still under way. */
  rest?: PendingRequest;
}

interface ObtainOptions {
  cursor: CompletionContext;
  signal: AbortSignal;
  count?: number;
  /** Whether what there is of a continuation need not be waited for any longer. */
  isEnough?: ((soFar: Continuation) => boolean) | undefined;
}

/** Decides what to show at a cursor. One serves all documents of a window. */
export class Completer {
  private readonly windows = new PromptWindows();
  private readonly cache = new SuggestionCache();
  private pendingRequests: PendingRequest[] = [];
  /** The latest suggestion and where it was shown. */
  private shown: { cursor: CompletionContext; text: string } | undefined;
  /** The latest suggestion at each cursor that was typed along it. */
  private shownAlong: ShownText[] = [];
  private readonly dismissals = new Dismissals();
  private readonly languages: LanguageKnowledge;
  private readonly prefetches: boolean;
  private readonly rejections: RejectionMemory;
  private readonly minProbability: number | undefined;
  private readonly heal: boolean;
  private readonly weighsFollowing: boolean;

  constructor(
    private readonly generator: Generator,
    {
      prefetch = true,
      heal = true,
      weighsFollowing = true,
      minProbability,
      now = () => performance.now(),
    }: CompleterOptions = {},
  ) {
    this.languages = new LanguageKnowledge(generator);
    this.heal = heal;
    this.weighsFollowing = weighsFollowing;
    this.minProbability = minProbability;
    this.prefetches = prefetch;
    this.rejections = new RejectionMemory(now);
  }

  /**
   * Answers "cancelled" once `signal` is aborted; rejects when the generator does.
   * The generation itself goes on then, since the next cursor is likely one that its text fits; a later call for a
   * cursor that it does not fit cancels it.
   */
  async complete(
    context: CompletionContext,
    signal: AbortSignal,
    { onLonger }: CompleteOptions = {},
  ): Promise<Decision> {
    const normalised = normaliseLineEndings(context);
    const obstacle = findObstacle(normalised);
    if (obstacle) return silent(obstacle);
    const cursor = acceptSelected(normalised);
    const asked =
      context.trigger === "automatic"
        ? this.languages.unknownAt(normalised, signal)
        : undefined;
    if (asked) {
      const language = await asked;
      if (signal.aborted) return silent({ code: "cancelled" });
      if (language) return silent({ code: "unknown-language", language });
    }
    const obtained = await this.obtain(cursor, {
      signal,
      isEnough: this.enoughAt(cursor, { mayGrow: onLonger !== undefined }),
    });
    if (!obtained || signal.aborted) return silent({ code: "cancelled" });
    const visible = this.visibleAt(cursor);
    const decision = this.withoutDismissed(
      cursor,
      this.judge(cursor, obtained.continuations),
    );
    this.remember(cursor, { decision, isAlong: visible !== undefined });
    if (obtained.rest)
      this.followUp(cursor, { ...obtained, decision, onLonger });
    else this.prefetchAfter(cursor, decision);
    return restoreLineEndings(context, insertSelected(normalised, decision));
  }

  /** What the model wrote at a cursor, before anything is judged or trimmed; undefined when cancelled. */
  async continuationsAt(
    context: CompletionContext,
    signal: AbortSignal,
  ): Promise<Continuation[] | undefined> {
    const cursor = acceptSelected(normaliseLineEndings(context));
    return (await this.obtain(cursor, { signal }))?.continuations;
  }

  private judge(
    cursor: CompletionContext,
    continuations: Continuation[],
  ): Decision {
    return decide(cursor, continuations, {
      visible: this.visibleAt(cursor),
      penalty: this.rejections.penaltyAt({
        documentKey: cursor.documentKey,
        offset: cursor.textBefore.length,
      }),
    });
  }

  /** Says what need not be waited for at a cursor: undefined where all has to be, as for what is on the screen to stay. */
  private enoughAt(
    cursor: CompletionContext,
    { mayGrow }: { mayGrow: boolean },
  ): ((soFar: Continuation) => boolean) | undefined {
    if (cursor.trigger === "manual" || this.followingOf(cursor) !== "") {
      return undefined;
    }
    const gate = gateFor(cursor);
    return (soFar) =>
      this.visibleAt(cursor) === undefined &&
      isDecided(this.judge(cursor, [soFar]), { soFar, gate, mayGrow });
  }

  /** Says so when all is written and more of it is to be shown; else what follows the suggestion is asked for now. */
  private followUp(
    cursor: CompletionContext,
    {
      decision,
      rest,
      onLonger,
    }: {
      decision: Decision;
      rest?: PendingRequest;
      onLonger: CompleteOptions["onLonger"];
    },
  ): void {
    if (decision.kind === "silent") return;
    const follow = () => {
      const isThere = this.shown?.cursor === cursor && !rest?.isAborted;
      const stored = isThere && this.cache.find(this.placeOf(cursor));
      if (!stored) return;
      const { text } = this.shown!;
      const [next] = suggestionsOf(this.judge(cursor, stored));
      if (next?.text !== text) onLonger?.();
      else this.prefetchAfter(cursor, decision);
    };
    // Whoever waits for the request hears of its failure.
    rest?.finished.then(follow, () => undefined);
  }

  /** A suggestion at this place was rejected: repeated, that makes it quieter there for a while. */
  rejected(place: DocumentPlace, by: RejectedBy): void {
    this.rejections.reject(place, by);
    for (const shown of this.shownAlong) this.dismissals.add(shown);
    this.shownAlong = [];
    // It went from the screen, so it has to pass the gate again.
    this.shown = undefined;
  }

  /** A suggestion at this place was accepted, wholly or in part. */
  accepted(place: DocumentPlace): void {
    this.rejections.accept(place);
  }

  /** Stops all generation, as when completion is switched off. What was computed is kept. */
  stop(): void {
    for (const pending of this.pendingRequests) pending.abort();
    this.pendingRequests = [];
  }

  /** Forgets what was computed, as when a memory that it was mixed with has changed; what is under way goes on. */
  forget(): void {
    this.cache.clear();
  }

  /** Forgets everything that was computed, as when the model or its adapter has changed. */
  reset(): void {
    this.stop();
    this.cache.clear();
    this.languages.clear();
    this.dismissals.clear();
    this.shown = undefined;
    this.shownAlong = [];
  }

  /** Stops what is computed for a document and forgets what is kept of it. */
  documentClosed(documentKey: string): void {
    this.abortFlights((pending) => pending.place.documentKey === documentKey);
    this.cache.clear(documentKey);
    this.windows.forget(documentKey);
    this.languages.forget(documentKey);
    this.rejections.forget(documentKey);
    this.dismissals.forget(documentKey);
  }

  /** What was dismissed here stays away, until it is asked for. */
  private withoutDismissed(
    { documentKey, textBefore, trigger }: CompletionContext,
    decision: Decision,
  ): Decision {
    if (decision.kind === "silent") return decision;
    if (trigger === "manual") {
      this.dismissals.clearAt({ documentKey, textBefore });
      return decision;
    }
    const [{ text, tokens } = { text: "", tokens: [] }] = decision.suggestions;
    if (!this.dismissals.has({ documentKey, textBefore, text }))
      return decision;
    return {
      ...silent({ code: "dismissed-here" }),
      confidence: decision.confidence,
      withheld: tokens,
    };
  }

  private remember(
    cursor: CompletionContext,
    { decision, isAlong }: { decision: Decision; isAlong: boolean },
  ): void {
    if (decision.kind === "silent") {
      this.shown = undefined;
      this.shownAlong = [];
      return;
    }
    const { documentKey, textBefore } = cursor;
    const { text } = decision.suggestions[0] ?? { text: "" };
    this.shown = { cursor, text };
    const earlier = isAlong ? this.shownAlong : [];
    this.shownAlong = [...earlier, { documentKey, textBefore, text }].slice(
      -MAX_ALONG,
    );
  }

  private async obtain(
    cursor: CompletionContext,
    options: Pick<ObtainOptions, "signal" | "isEnough">,
  ): Promise<Obtained | undefined> {
    const place = this.placeOf(cursor);
    const first = await this.obtainAt(place, { ...options, cursor });
    if (!first || cursor.trigger === "automatic") return first;
    const others = await this.obtainAt(
      { ...place, fingerprint: `${place.fingerprint} others` },
      { ...options, cursor, count: MANUAL_SUGGESTIONS - 1 },
    );
    return (
      others && {
        continuations: [...first.continuations, ...others.continuations],
      }
    );
  }

  /** From the cache, else from a request under way that fits, else from a new one. */
  private async obtainAt(
    place: CursorPlace,
    options: ObtainOptions,
  ): Promise<Obtained | undefined> {
    const { signal } = options;
    const stored = this.cache.find(place);
    if (stored) return { continuations: stored };
    this.abortFlights((pending) => !pending.fits(place));
    for (const pending of this.pendingRequests) {
      const obtained = await this.waitFor(pending, place, options);
      if (signal.aborted || obtained) return obtained;
    }
    this.stop();
    const pending = this.launch(place, options);
    const obtained = await this.waitFor(pending, place, options);
    if (obtained || signal.aborted || pending.isAborted) return obtained;
    return { continuations: await pending.finished };
  }

  /** Undefined when `signal` is aborted and when nothing of the request is of use here. */
  private async waitFor(
    pending: PendingRequest,
    place: CursorPlace,
    { signal, isEnough }: ObtainOptions,
  ): Promise<Obtained | undefined> {
    const decidable = () => {
      const soFar = isEnough && pending.soFar(place);
      return soFar && isEnough(soFar) ? soFar : undefined;
    };
    await pending.settle(place, signal, () => decidable() !== undefined);
    if (signal.aborted) return undefined;
    const stored = this.cache.find(place);
    if (stored) return { continuations: stored };
    const soFar = pending.isAborted ? undefined : decidable();
    return soFar && { continuations: [soFar], rest: pending };
  }

  private launch(
    place: CursorPlace,
    { cursor, count = 1 }: { cursor: CompletionContext; count?: number },
  ): PendingRequest {
    const { documentKey, prompt } = place;
    const suffix = this.suffixOf(cursor);
    const contextTokens = prefixTokens(cursor, suffix);
    const pending = new PendingRequest(this.generator, place, {
      request: requestFor(cursor, {
        prompt,
        count,
        heal: this.heal,
        minProbability: this.minProbability,
        following: suffix ? "" : this.followingOf(cursor),
        suffix,
      }),
      prepare: (generation) =>
        cutBeforeFollowing(
          cutAtStop(
            alignGeneration(generation, { hasSuffix: suffix !== undefined }),
            cursor,
          ),
          generation.following,
        ),
      onResult: (result, continuations) => {
        this.windows.observe(documentKey, {
          prompt,
          promptTokens:
            result.promptTokens +
            (result.droppedTokens ?? 0) -
            (result.suffixTokens ?? 0),
          contextTokens,
        });
        const isWhole = continuations.every(
          ({ stopReason }) => stopReason !== "cancelled",
        );
        if (isWhole) this.cache.add(place, continuations);
      },
    });
    this.pendingRequests.push(pending);
    const remove = () => {
      this.pendingRequests = this.pendingRequests.filter(
        (each) => each !== pending,
      );
    };
    pending.finished.then(remove, remove);
    return pending;
  }

  /** What is left of the latest suggestion when the text has gone its way. */
  private visibleAt(cursor: CompletionContext): string | undefined {
    if (this.shown?.cursor.documentKey !== cursor.documentKey) return undefined;
    const { cursor: earlier, text } = this.shown;
    if (!cursor.textBefore.startsWith(earlier.textBefore)) return undefined;
    const typed = cursor.textBefore.slice(earlier.textBefore.length);
    return text.startsWith(typed) ? text.slice(typed.length) : undefined;
  }

  /** What a document holds after the shown suggestion is accepted is asked for while it is still on the screen. */
  private prefetchAfter(cursor: CompletionContext, decision: Decision): void {
    const [suggestion] = decision.kind === "show" ? decision.suggestions : [];
    if (!this.prefetches || !suggestion || this.pendingRequests.length > 0)
      return;
    const accepted: CompletionContext = {
      ...cursor,
      textBefore: cursor.textBefore + suggestion.text,
      textAfter: cursor.textAfter.slice(suggestion.replacedAfter),
      trigger: "automatic",
    };
    const place = this.placeOf(accepted);
    if (!this.cache.find(place)) this.launch(place, { cursor: accepted });
  }

  private placeOf(cursor: CompletionContext): CursorPlace {
    const { documentKey, textBefore, settings } = cursor;
    const suffix = this.suffixOf(cursor);
    return {
      documentKey,
      textBefore,
      textLength: textBefore.length,
      fingerprint: JSON.stringify([
        settings,
        cursor.trigger,
        this.followingOf(cursor),
        suffix && suffixKey(suffix),
      ]),
      prompt: this.windows.promptFor(documentKey, {
        textBefore,
        contextTokens: prefixTokens(cursor, suffix),
      }),
    };
  }

  /** What is shown to a model that fills in the middle. */
  private suffixOf(cursor: CompletionContext): Suffix | undefined {
    return this.generator.fillsInMiddle ? suffixAt(cursor) : undefined;
  }

  /** The words behind the cursor on its line, as far as they are looked at. */
  private followingOf({ textAfter }: CompletionContext): string {
    return this.weighsFollowing
      ? wordsBehind(textAfter).slice(0, MID_LINE.followingCharacters)
      : "";
  }

  private abortFlights(isStale: (pending: PendingRequest) => boolean): void {
    for (const pending of this.pendingRequests)
      if (isStale(pending)) pending.abort();
    this.pendingRequests = this.pendingRequests.filter(
      (pending) => !pending.isAborted,
    );
  }
}

function suggestionsOf(decision: Decision) {
  return decision.kind === "show" ? decision.suggestions : [];
}

/** What is left of the context for the text before the cursor. */
function prefixTokens(
  { settings }: CompletionContext,
  suffix: Suffix | undefined,
): number {
  return settings.contextTokens - (suffix?.maxTokens ?? 0);
}

function silent(reason: SilenceReason): Extract<Decision, { kind: "silent" }> {
  return { kind: "silent", reason };
}
