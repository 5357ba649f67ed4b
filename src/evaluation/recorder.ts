// Types documents through the same completer that the editor uses and records what the model writes.
// What is recorded goes to a sink as it comes, so that a long pass can be taken up again.

import { Completer, type CompleterOptions } from "../completion/completer";
import type {
  CompletionContext,
  CompletionSettings,
} from "../completion/decision";
import type { Generator } from "../completion/generator";
import type { GenerateRequest, GenerateResult } from "../protocol/generation";
import {
  positionsOf,
  type EvaluationDocument,
  type EvaluationPlan,
} from "./plan";
import { RecordedPass, type PositionRecord } from "./record";

/** Below what any gate in use lets pass; a first word this improbable is right one time in fifty. */
const RECORDED_MIN_PROBABILITY = 0.02;
/** Alternatives less probable than this change no figure and are not kept. */
const MIN_ALTERNATIVE = 0.002;

/** How a pass is made. */
export interface RecordOptions {
  settings: CompletionSettings;
  completer?: CompleterOptions;
  /** Takes each new record as it is made. */
  onRecord?: (record: PositionRecord) => void;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Asks at every position of the plan that `pass` does not hold yet. */
export async function recordPass(
  generator: Generator,
  {
    plan,
    pass,
    options,
  }: { plan: EvaluationPlan; pass: RecordedPass; options: RecordOptions },
): Promise<void> {
  const positions = pass.documents.map((_, index) => positionsOf(plan, index));
  const total = positions.reduce((sum, each) => sum + each.length, 0);
  let done = 0;
  for (const [documentIndex, own] of positions.entries()) {
    const user = new SimulatedUser(generator, { documentIndex, pass, options });
    for (const position of own) {
      if (options.signal?.aborted) return;
      const isEmpty =
        pass.documents[documentIndex]!.text.slice(0, position).trim() === "";
      if (!isEmpty && !pass.has({ documentIndex, position })) {
        const record = await user.ask(position);
        pass.add(record);
        options.onRecord?.(record);
      }
      options.onProgress?.(++done, total);
    }
  }
}

interface MeasuredCall {
  result: GenerateResult;
  elapsedMs: number;
}

/** Asks a completer along one document and tells answers of the model from reused ones. */
class SimulatedUser {
  private readonly completer: Completer;
  private call: MeasuredCall | undefined;
  private askedPositions: number[] = [];

  constructor(
    generator: Generator,
    private readonly parts: {
      documentIndex: number;
      pass: RecordedPass;
      options: RecordOptions;
    },
  ) {
    this.completer = new Completer(
      {
        fillsInMiddle: generator.fillsInMiddle,
        generate: async (request: GenerateRequest, options) => {
          const start = performance.now();
          const result = await generator.generate(request, options);
          this.call = { result, elapsedMs: performance.now() - start };
          return result;
        },
      },
      {
        prefetch: false,
        minProbability: RECORDED_MIN_PROBABILITY,
        ...parts.options.completer,
      },
    );
  }

  async ask(position: number): Promise<PositionRecord> {
    const { documentIndex, pass, options } = this.parts;
    this.call = undefined;
    const continuations = await this.completer.continuationsAt(
      contextOf(pass.documents[documentIndex]!, {
        position,
        settings: options.settings,
      }),
      options.signal ?? new AbortController().signal,
    );
    // Assigned inside the call above, which the compiler does not see.
    const call = this.call as MeasuredCall | undefined;
    if (!call) {
      const text = continuations?.[0]?.text ?? "";
      return this.referTo(position, text);
    }
    this.askedPositions.push(position);
    const { result, elapsedMs } = call;
    return {
      kind: "asked",
      documentIndex,
      position,
      generation: slim(result),
      elapsedMs: round(elapsedMs, 1),
      decodeMs: round(result.decodeMs, 1),
      promptTokens: result.promptTokens,
      reusedTokens: result.reusedTokens,
    };
  }

  /** The latest answer that has `rest` left at `position`. */
  private referTo(position: number, rest: string): PositionRecord {
    const { documentIndex, pass } = this.parts;
    const { text } = pass.documents[documentIndex]!;
    const askedAt = this.askedPositions.findLast((asked) => {
      const answer = pass.candidateAt({ documentIndex, position: asked });
      return answer?.continuation.text === text.slice(asked, position) + rest;
    });
    return {
      kind: "reused",
      documentIndex,
      position,
      askedAt: askedAt ?? position,
    };
  }
}

/** The editor's view of a document that is being typed and has come to `position`. */
export function contextOf(
  document: EvaluationDocument,
  { position, settings }: { position: number; settings: CompletionSettings },
): CompletionContext {
  return {
    documentKey: document.name,
    path: document.name,
    languageId: document.languageId,
    textBefore: document.text.slice(0, position),
    textAfter: "",
    selectedCompletion: undefined,
    trigger: "automatic",
    settings,
  };
}

function slim({ generations }: GenerateResult) {
  const [
    { text, healed, tokens, stopReason } = {
      text: "",
      healed: "",
      tokens: [],
      stopReason: "unsure" as const,
    },
  ] = generations;
  return {
    text,
    healed,
    stopReason,
    tokens: tokens.map((token) => ({
      tokenId: token.tokenId,
      text: token.text,
      logProbability: round(token.logProbability, 5),
      alternatives: token.alternatives
        .filter(({ probability }) => probability >= MIN_ALTERNATIVE)
        .map((each) => ({
          text: each.text,
          probability: round(each.probability, 5),
        })),
    })),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
