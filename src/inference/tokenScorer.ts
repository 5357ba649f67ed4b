// How probable a model finds given tokens: the measure behind bits per character.

import type { ScoringOutput } from "../common/graphNames";
import type { Session } from "../runtime/session";
import { int64s } from "../runtime/tensors";
import { KvCache, type KvCacheShape } from "./kvCache";
import { prefill, sequenceFeeds } from "./languageModel";

/** Tokens scored by one run; more would need more memory for their logits. */
const TOKENS_PER_RUN = 128;

const SCORING_OUTPUTS: readonly ScoringOutput[] = [
  "logProbabilities",
  "bestTokenIds",
];

/** What was found for the scored tokens of one window. */
export interface TokenScores {
  /** Natural logarithm of each scored token's probability. */
  logProbabilities: number[];
  /** The token that the model found most probable in its place. */
  bestTokenIds: number[];
}

/** Scores windows of tokens with a scoring graph, and a prefill graph for what comes before, where there is one. */
export class TokenScorer {
  constructor(
    private readonly sessions: {
      scoring: Session;
      prefill: Session | undefined;
    },
    private readonly shape: KvCacheShape,
  ) {}

  /** Scores the tokens from position `start` (at least 1) on, each given all before it. */
  async score(
    tokenIds: readonly number[],
    { start }: { start: number },
  ): Promise<TokenScores> {
    if (start < 1 || start >= tokenIds.length) {
      throw new RangeError(
        `Cannot score from token ${start} of ${tokenIds.length}: expected 1 to ${tokenIds.length - 1}`,
      );
    }
    const cache = new KvCache(this.shape);
    if (this.sessions.prefill && start > 1) {
      const context = tokenIds.slice(0, start - 1);
      await prefill(this.sessions.prefill, cache, context);
    }
    const scores: TokenScores = { logProbabilities: [], bestTokenIds: [] };
    while (cache.length < tokenIds.length - 1) {
      const first = cache.length;
      const end = Math.min(first + TOKENS_PER_RUN, tokenIds.length - 1);
      const inputs = tokenIds.slice(first, end);
      const targets = tokenIds.slice(first + 1, end + 1);
      const outputs = await this.sessions.scoring.run(
        {
          ...sequenceFeeds(cache, inputs),
          ...cache.feeds(),
          targetIds: int64s(targets, [1, targets.length]),
        },
        [...SCORING_OUTPUTS, ...cache.outputNames],
      );
      cache.append(outputs, inputs);
      const logProbabilities = outputs.logProbabilities!.data as Float32Array;
      const bestTokenIds = outputs.bestTokenIds!.data as BigInt64Array;
      for (let i = Math.max(0, start - 1 - first); i < inputs.length; i++) {
        scores.logProbabilities.push(logProbabilities[i]!);
        scores.bestTokenIds.push(Number(bestTokenIds[i]));
      }
    }
    return scores;
  }
}
