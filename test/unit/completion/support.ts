// A generator without a model, and contexts in bracket notation: "before[|]after".

import type {
  CompletionContext,
  CompletionSettings,
} from "../../../src/completion/completer";
import type {
  GenerateOptions,
  Generator,
} from "../../../src/completion/generator";
import type {
  GeneratedToken,
  GenerateRequest,
  GenerateResult,
  Generation,
} from "../../../src/protocol/generation";

export const settings: CompletionSettings = {
  maxTokens: 24,
  stopAt: "line",
  contextTokens: 512,
  sampling: {
    temperature: 0,
    topK: 0,
    topP: 1,
    repetitionPenalty: 1,
    seed: 0,
  },
  mode: "balanced",
};

/** The context for a text whose cursor is written `[|]`. */
export function contextAt(
  marked: string,
  overrides: Partial<CompletionContext> = {},
): CompletionContext {
  const [textBefore = "", textAfter] = marked.split("[|]");
  if (textAfter === undefined) {
    throw new Error(`Cannot place the cursor: no [|] in ${marked}`);
  }
  return {
    documentKey: "file:///notes.md",
    path: "notes.md",
    languageId: "markdown",
    textBefore,
    textAfter,
    selectedCompletion: undefined,
    trigger: "automatic",
    settings,
    ...overrides,
  };
}

/** A token of which the model was sure to this degree. */
export function token(text: string, probability = 0.9): GeneratedToken {
  return {
    tokenId: 0,
    text,
    logProbability: Math.log(probability),
    alternatives: [{ text, probability }],
  };
}

/** A continuation made of these tokens. */
export function generation(
  tokens: GeneratedToken[],
  overrides: Partial<Generation> = {},
): Generation {
  return {
    text: tokens.map((each) => each.text).join(""),
    healed: "",
    tokens,
    stopReason: "length",
    ...overrides,
  };
}

/** A continuation split into tokens before each space, each of the same probability. */
export function sureGeneration(text: string, probability = 0.9): Generation {
  const pieces = text.match(/\s?\S+|\s+/g) ?? [];
  return generation(
    pieces.map((piece) => token(piece, probability)),
    { stopReason: "stop-rule" },
  );
}

/** Answers from a function; remembers what it was asked. */
export class FakeGenerator implements Generator {
  readonly requests: GenerateRequest[] = [];

  constructor(private readonly answer: (prompt: string) => Generation[]) {}

  async generate(
    request: GenerateRequest,
    options: GenerateOptions,
  ): Promise<GenerateResult> {
    this.requests.push(request);
    const generations = this.answer(request.prompt).slice(0, request.count);
    for (const [index, each] of generations.entries()) {
      options.onText?.(index, each.text);
    }
    return resultOf(generations);
  }
}

/** A result with these continuations. */
export function resultOf(generations: Generation[]): GenerateResult {
  return {
    generations,
    promptTokens: 1,
    reusedTokens: 0,
    prefillMs: 0,
    decodeMs: 0,
  };
}

/** A call that a test answers when it wants to. */
export interface DeferredCall {
  request: GenerateRequest;
  options: GenerateOptions;
  resolve(generations: Generation[]): void;
  reject(error: Error): void;
}

/** Leaves every call open until the test answers it. */
export class DeferredGenerator implements Generator {
  readonly calls: DeferredCall[] = [];

  generate(
    request: GenerateRequest,
    options: GenerateOptions,
  ): Promise<GenerateResult> {
    return new Promise((resolve, reject) => {
      this.calls.push({
        request,
        options,
        resolve: (generations) => resolve(resultOf(generations)),
        reject,
      });
    });
  }

  /** The latest call. */
  get last(): DeferredCall {
    const call = this.calls.at(-1);
    if (!call) throw new Error("Cannot take the last call: there was none");
    return call;
  }

  /** For each call, whether it has been cancelled. */
  get cancelled(): boolean[] {
    return this.calls.map(({ options }) => options.signal.aborted);
  }
}

/** Lets everything run that waits for promises already settled. */
export async function settlePromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
