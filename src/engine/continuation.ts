// Joins tokens and text for one continuation: strips the letters that healing took back, decodes while tokens come,
// and says when the text has gone past its end.

import type { AllowedTokens } from "../inference/tokenGenerator";
import type { DrawnToken } from "../inference/languageModel";
import type {
  GeneratedToken,
  StopAt,
  TokenSource,
  WrittenTokens,
} from "../protocol/generation";
import type { PrefixIndex } from "../tokenizer/prefixIndex";
import { StreamingDecoder } from "../tokenizer/streamingDecoder";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { isPastEnd } from "../text/stopRules";

/** Collects the tokens of one continuation. */
export class Continuation {
  /** Characters left of the cursor that the tokens spell before the text. */
  healed: string;
  readonly tokens: GeneratedToken[] = [];
  /** How probable the token that was watched would have been in place of each of these and of what came after. */
  readonly targetLogProbabilities: number[] = [];
  /** The token that the continuation ends before. */
  refused: GeneratedToken | undefined;
  text = "";
  /** How many of the tokens went to `onText`. */
  private numHandedOn = 0;
  private readonly decoder: StreamingDecoder;
  /** Bytes that the next tokens must begin with, since they stand in the document already. */
  private requiredPrefix: Uint8Array;
  /** Characters of them that have not been decoded yet. */
  private numRequiredCharacters: number;

  constructor(
    private readonly options: {
      tokenizer: Tokenizer;
      prefixIndex: PrefixIndex;
      constraint: string;
      stopAt: StopAt;
      onText: (text: string, written: WrittenTokens) => void;
      /** Where a memory has a token from that is drawn after `written`. */
      findSource?: (
        written: readonly GeneratedToken[],
        tokenId: number,
      ) => TokenSource | undefined;
    },
  ) {
    this.requiredPrefix = Buffer.from(options.constraint, "utf8");
    this.healed = options.constraint;
    this.numRequiredCharacters = this.healed.length;
    this.decoder = new StreamingDecoder(options.tokenizer);
  }

  /** Takes tokens that an earlier call has handed on, so that what follows them is decoded as if there was no break. */
  resume(tokenIds: readonly number[]): void {
    for (const tokenId of tokenIds) this.decode(tokenId);
    this.healed = this.healed.slice(
      this.healed.length - this.numRequiredCharacters,
    );
  }

  /** Which tokens may come next while letters are owed. */
  allowedTokens(): AllowedTokens | undefined {
    if (this.requiredPrefix.length === 0) return undefined;
    return this.options.prefixIndex.lookup(this.requiredPrefix);
  }

  /** Takes the next token; returns true when the text is past its end. */
  push(token: DrawnToken): boolean {
    const { stopAt, onText } = this.options;
    this.targetLogProbabilities.push(token.targetLogProbability);
    const { whole, text } = this.decode(token.tokenId);
    const source = this.sourceOf(token);
    this.tokens.push({
      ...this.describe(token, whole),
      ...(source && { source }),
    });
    this.text += text;
    if (text !== "") {
      const tokens = this.tokens.slice(this.numHandedOn);
      this.numHandedOn = this.tokens.length;
      onText(text, { tokens, healed: this.healed });
    }
    return isPastEnd(this.text, stopAt);
  }

  /** Takes the token that was too improbable to be pushed. */
  refuse(token: DrawnToken): void {
    this.targetLogProbabilities.push(token.targetLogProbability);
    const whole = this.options.tokenizer.decode([token.tokenId]);
    this.refused = this.describe(token, whole);
  }

  private sourceOf({ tokenId, memoryShare = 0 }: DrawnToken) {
    return memoryShare > 0.5
      ? this.options.findSource?.(this.tokens, tokenId)
      : undefined;
  }

  private describe(token: DrawnToken, text: string): GeneratedToken {
    const { tokenizer } = this.options;
    return {
      tokenId: token.tokenId,
      text,
      logProbability: Math.log(token.probability),
      alternatives: token.alternatives.map(({ tokenId, probability }) => ({
        text: tokenizer.decode([tokenId]),
        probability,
      })),
    };
  }

  /** The characters that a token completes, and those of them that stand right of the cursor. */
  private decode(tokenId: number): { whole: string; text: string } {
    const { length } = this.options.tokenizer.tokenBytes(tokenId);
    this.requiredPrefix = this.requiredPrefix.subarray(length);
    const whole = this.decoder.push(tokenId);
    const text = whole.slice(this.numRequiredCharacters);
    this.numRequiredCharacters -= whole.length - text.length;
    return { whole, text };
  }
}
