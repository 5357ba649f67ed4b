// What one asks of the language model and what comes back, as plain data.
// Used by completion/ (which asks), client/ and worker/ (which carry and answer) and cli/.

/** How the next token is drawn. */
export interface SamplingOptions {
  /** 0 is greedy and repeats exactly. */
  temperature: number;
  /** Keep only the `topK` most probable tokens; 0 keeps every candidate that the decoder looks at. */
  topK: number;
  /** Keep the most probable tokens whose probabilities sum to `topP`; 1 keeps all. */
  topP: number;
  /** 1 is none; above 1 makes tokens of the recent text less probable (arXiv:1909.05858, section 4.1). */
  repetitionPenalty: number;
  seed: number;
}

/** The most probable token, each time. */
export const greedySampling: SamplingOptions = {
  temperature: 0,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  seed: 1,
};

/** Where a continuation ends at the latest. */
export type StopAt = "sentence" | "line" | "paragraph" | "none";

/** One message of a chat, as the model's chat template wants it. */
export interface ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** A request for more than the next words carries these fields too. */
export interface LongText {
  /** Put into the model's chat template; `prompt` is then what the answer begins with. Empty for plain text. */
  chat: readonly ChatMessage[];
  /** Tokens that were written after the prompt by an earlier call that this one goes on from. */
  writtenTokenIds: readonly number[];
  /** Whether the first new token must not be the text's end. */
  mustGoOn: boolean;
}

/** One request to continue a text. */
export interface GenerateRequest {
  /** The text to continue. When it is longer than the context, its beginning is dropped. */
  prompt: string;
  /** Tokens of prompt that may be used at the most. */
  contextTokens: number;
  maxTokens: number;
  sampling: SamplingOptions;
  stopAt: StopAt;
  /** Take back the last partial word of the prompt and make the continuation begin with its letters. */
  heal: boolean;
  /** End before a token whose probability is below this; 0 never does. */
  minProbability: number;
  /** Whose text this is (a document's URI): its KV cache is kept apart from those of others. */
  cacheKey: string;
  /** How many continuations to draw; the seed is raised by one for each further one. */
  count: number;
  /** Text that stands behind the cursor: the answer says how well it follows what was written. */
  following?: string;
  /**
   * What a model that fills in the middle is shown of the text behind the cursor, in front of what it writes; its tokens
   * count as `contextTokens` and are `maxTokens` at the most. Other models do not look at it.
   */
  suffix?: { text: string; maxTokens: number };
  /**
   * A text that may take seconds: it gives way to other requests between runs, and where prompt and text together are
   * longer than `contextTokens` the prompt's beginning and the newest text are kept. `count` is 1 then.
   */
  long?: LongText;
}

/** A request for the most probable text as it comes: nothing is taken back, nothing ends it but `stopAt` and the length. */
export function greedyRequest(
  request: Pick<
    GenerateRequest,
    "prompt" | "contextTokens" | "maxTokens" | "cacheKey"
  > & { stopAt?: StopAt },
): GenerateRequest {
  return {
    sampling: greedySampling,
    stopAt: "none",
    heal: false,
    minProbability: 0,
    count: 1,
    ...request,
  };
}

/** A token of a continuation with what the model thought of it. */
export interface GeneratedToken {
  tokenId: number;
  /** All of it, with what healing took back of the prompt; empty while a character waits for its other bytes. */
  text: string;
  /**
   * Natural logarithm of its probability at temperature 1, before any filter: where healing asks for letters, among
   * the tokens that begin with them.
   */
  logProbability: number;
  /** The most probable tokens at this place, best first, with their probabilities at temperature 1. */
  alternatives: { text: string; probability: number }[];
  /** Where a memory has the token from, if it gave the larger part of its probability. */
  source?: TokenSource;
}

/** The tokens that wrote a piece of a text, those that completed no character before it first. */
export interface WrittenTokens {
  tokens: GeneratedToken[];
  /** As in `Generation`. */
  healed: string;
}

/** A document of a memory, by its path or else its cache key, or the text before the cursor. */
export type TokenSource =
  { kind: "document"; name: string } | { kind: "this-text" };

export type StopReason =
  "end-of-text" | "stop-rule" | "length" | "unsure" | "cancelled";

/** How probable the text behind the cursor is when the first `length` characters of a continuation stand before it. */
export interface FollowingScore {
  length: number;
  /** Natural logarithm, of the first few tokens of that text. */
  logProbability: number;
}

/** One continuation of the prompt. Its text never ends within a character. */
export interface Generation {
  text: string;
  /** What stands left of the cursor already and the tokens spell before `text`: the part that healing took back. */
  healed: string;
  tokens: GeneratedToken[];
  stopReason: StopReason;
  /** The token that would have come next and was less probable than `minProbability`; not part of the text. */
  refused?: GeneratedToken;
  /** For `GenerateRequest.following`: with nothing written (`length` 0), and after the words that lead up to it best. */
  following?: FollowingScore[];
}

/** A piece of a text, and how many bits the model needs for it after all that stands before it. */
export interface MeasuredPiece {
  text: string;
  bits: number;
}

/** A text to be measured as if it stood in a document. */
export interface MeasureRequest {
  text: string;
  /** As in `GenerateRequest`: whose own words a memory must not speak for. */
  cacheKey: string;
}

/** All continuations of a request with what they cost. */
export interface GenerateResult {
  generations: Generation[];
  promptTokens: number;
  /** Tokens at the prompt's beginning that were left out because it was longer than the context. */
  droppedTokens?: number;
  /** Tokens of the prompt that stand between the text before the cursor and what is written; for a suffix alone. */
  suffixTokens?: number;
  /** Prompt tokens whose keys and values were still in the cache. */
  reusedTokens: number;
  prefillMs: number;
  decodeMs: number;
}
