// From a cursor in a document to a decision: places the prompt window, asks the generator, decides.
// Knows neither the editor nor the model; everything it keeps, it keeps by `documentKey`.

import type { GenerateResult } from "../protocol/generation";
import { decide } from "./decide";
import type { CompletionContext, Decision } from "./decision";
import type { Generator } from "./generator";
import { normaliseLineEndings, restoreLineEndings } from "./lineEndings";
import { placeWindow, type WindowState } from "./promptWindow";

export type {
  CompletionContext,
  CompletionSettings,
  Decision,
  GateMode,
  SilenceReason,
  Suggestion,
} from "./decision";

/** Characters a token of English prose, rounded down. */
const CHARACTERS_PER_TOKEN = 3.5;

/** Decides what to show at a cursor. One for a window; it may be asked about several documents in turn. */
export class Completer {
  private readonly windows = new Map<string, WindowState>();

  constructor(private readonly generator: Generator) {}

  /** Answers "cancelled" once `signal` is aborted; rejects when the generator does. */
  async complete(
    context: CompletionContext,
    signal: AbortSignal,
  ): Promise<Decision> {
    const normalised = normaliseLineEndings(context);
    if (normalised.textBefore.trim() === "") {
      return { kind: "silent", reason: { code: "no-context" } };
    }
    const result = await this.generate(normalised, signal);
    if (signal.aborted) {
      return { kind: "silent", reason: { code: "cancelled" } };
    }
    return restoreLineEndings(context, decide(normalised, result.generations));
  }

  /** Forgets what it keeps of a document. */
  documentClosed(documentKey: string): void {
    this.windows.delete(documentKey);
  }

  private generate(
    context: CompletionContext,
    signal: AbortSignal,
  ): Promise<GenerateResult> {
    const { settings, documentKey, textBefore } = context;
    const window = placeWindow(textBefore, {
      budgetCharacters: Math.floor(
        settings.contextTokens * CHARACTERS_PER_TOKEN,
      ),
      previous: this.windows.get(documentKey),
    });
    this.windows.set(documentKey, window);
    return this.generator.generate(
      {
        prompt: textBefore.slice(window.start),
        contextTokens: settings.contextTokens,
        maxTokens: settings.maxTokens,
        sampling: settings.sampling,
        stopAt: settings.stopAt,
        heal: true,
        minProbability: 0,
        cacheKey: documentKey,
        count: context.trigger === "manual" ? 3 : 1,
      },
      { signal },
    );
  }
}
