// What is asked of the generator at a cursor.

import type { GenerateRequest } from "../protocol/generation";
import type { CompletionContext } from "./decision";
import { gateFor, minTokenProbability } from "./gateSettings";
import { MID_LINE } from "./midLine";
import { stopAtFor } from "./stopRule";
import type { Suffix } from "./suffix";

/** Below this the further suggestions of a manual trigger would hardly differ from the first. */
const MANUAL_MIN_TEMPERATURE = 0.8;

/** The request for `count` continuations of `prompt`, which ends at the cursor. */
export function requestFor(
  cursor: CompletionContext,
  {
    prompt,
    count,
    heal,
    minProbability,
    following,
    suffix,
  }: {
    prompt: string;
    count: number;
    heal: boolean;
    minProbability: number | undefined;
    following: string;
    suffix: Suffix | undefined;
  },
): GenerateRequest {
  const { settings, documentKey } = cursor;
  const { sampling } = settings;
  const limits = {
    maxTokens: settings.maxTokens,
    minProbability: minProbability ?? minTokenProbability(gateFor(cursor)),
  };
  return {
    prompt,
    contextTokens: settings.contextTokens,
    ...(suffix && { suffix }),
    ...(following === ""
      ? limits
      : {
          maxTokens: Math.min(limits.maxTokens, MID_LINE.maxTokens),
          minProbability: Math.min(
            limits.minProbability,
            MID_LINE.minProbability,
          ),
          following,
        }),
    sampling:
      count === 1
        ? sampling
        : {
            ...sampling,
            temperature: Math.max(sampling.temperature, MANUAL_MIN_TEMPERATURE),
            seed: sampling.seed + 1,
          },
    stopAt: stopAtFor(cursor),
    heal,
    cacheKey: documentKey,
    count,
  };
}
