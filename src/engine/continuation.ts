// Joins tokens and text for one continuation: strips the letters that healing took back, decodes while tokens come,
// and says when the text has gone past its end.

import type { AllowedTokens } from "../inference/tokenGenerator";
import type { DrawnToken } from "../inference/languageModel";
import type { GeneratedToken, StopAt } from "../protocol/generation";
import type { PrefixIndex } from "../tokenizer/prefixIndex";
import { StreamingDecoder } from "../tokenizer/streamingDecoder";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { isPastEnd } from "../text/stopRules";

/** Collects the tokens of one continuation. */
export class Continuation {
  readonly tokens: GeneratedToken[] = [];
  /** How probable the token that was watched would have been in place of each of these and of what came after. */
  readonly targetLogProbabilities: number[] = [];
  /** The token that the continuation ends before. */
  refused: GeneratedToken | undefined;
  text = "";
  private readonly decoder: StreamingDecoder;
  /** Bytes that the continuation must begin with and that stand in the document already. */
  private requiredPrefix: Uint8Array;

  constructor(
    private readonly options: {
      tokenizer: Tokenizer;
      prefixIndex: PrefixIndex;
      constraint: string;
      stopAt: StopAt;
      onText: (text: string) => void;
    },
  ) {
    this.requiredPrefix = Buffer.from(options.constraint, "utf8");
    this.decoder = new StreamingDecoder({
      tokenBytes: (tokenId) => this.takeRequiredPrefix(tokenId),
    });
  }

  /** Takes tokens that an earlier call has handed on, so that what follows them is decoded as if there was no break. */
  resume(tokenIds: readonly number[]): void {
    for (const tokenId of tokenIds) this.decoder.push(tokenId);
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
    const text = this.decoder.push(token.tokenId);
    this.tokens.push(this.describe(token, text));
    this.text += text;
    if (text !== "") onText(text);
    return isPastEnd(this.text, stopAt);
  }

  /** Takes the token that was too improbable to be pushed. */
  refuse(token: DrawnToken): void {
    this.targetLogProbabilities.push(token.targetLogProbability);
    const bytes = this.takeRequiredPrefix(token.tokenId);
    this.refused = this.describe(token, Buffer.from(bytes).toString("utf8"));
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

  /** The token's bytes without those that are owed. */
  private takeRequiredPrefix(tokenId: number): Uint8Array {
    const bytes = this.options.tokenizer.tokenBytes(tokenId);
    const count = Math.min(bytes.length, this.requiredPrefix.length);
    this.requiredPrefix = this.requiredPrefix.subarray(count);
    return bytes.subarray(count);
  }
}
