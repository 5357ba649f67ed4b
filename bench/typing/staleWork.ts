// How long work that nobody wants any more goes on: from the moment of a cancellation until the next request could
// begin, while the model writes and while it reads a prompt. The moment is drawn at random over the work's duration.

import {
  greedyRequest,
  type GenerateRequest,
  type GenerateResult,
} from "../../src/protocol/generation";
import { quantile } from "../../src/common/statistics";
import type { EvaluationDocument } from "../../src/evaluation/plan";
import { seededRandom } from "../../src/common/random";

/** An engine that looks between two runs whether it should stop. */
export interface CancellableEngine {
  generate(
    request: GenerateRequest,
    options: {
      isCancelled: () => boolean;
      onText: (index: number, text: string) => void;
    },
  ): Promise<GenerateResult>;
}

/** Milliseconds from a cancellation to the engine's being free. */
export interface StaleTimes {
  count: number;
  p50: number;
  p95: number;
  max: number;
}

/** Figures for each kind of work. */
export interface StaleWork {
  decoding: StaleTimes;
  prefill: StaleTimes;
}

const PROMPT_TOKENS = 640;
/** More than prose and Markdown have in a token, so that the prompt is as long as is asked. */
const CHARACTERS_PER_TOKEN = 6;
const WRITTEN_TOKENS = 64;
/** Shorter prompts than this are left out of the figures for reading. */
const MIN_PREFILL_TOKENS = 512;

/** Cancels `rounds` times each; a round before that is only for warming up. */
export async function measureStaleWork(
  engine: CancellableEngine,
  {
    documents,
    rounds,
    seed,
    now = () => performance.now(),
  }: {
    documents: readonly EvaluationDocument[];
    rounds: number;
    seed: number;
    now?: () => number;
  },
): Promise<StaleWork> {
  const random = seededRandom(seed);
  const long = documents.filter(
    ({ text }) => text.length > PROMPT_TOKENS * CHARACTERS_PER_TOKEN,
  );
  if (long.length === 0) {
    throw new Error(
      `Cannot measure stale work: no document has ${PROMPT_TOKENS * CHARACTERS_PER_TOKEN} characters, expected at least one`,
    );
  }
  const prefill: number[] = [];
  const decoding: number[] = [];
  let whole = { prefillMs: 0, decodeMs: 0 };
  for (let round = 0; round <= rounds; round++) {
    const { text } = long[round % long.length]!;
    const request = requestFor(text, { round, random });
    if (round > 0) {
      const stale = await cancelAfter(engine, {
        request,
        delayMs: whole.prefillMs * random(),
        now,
      });
      const isReading =
        stale.result.promptTokens >= MIN_PREFILL_TOKENS && stale.isCancelled;
      if (isReading) prefill.push(stale.staleMs);
    }
    whole = await engine.generate(request, {
      isCancelled: () => false,
      onText: () => {},
    });
    if (round === 0) continue;
    // The prompt is in the cache now, so that only writing is left.
    const stale = await cancelAfter(engine, {
      request,
      delayMs: whole.decodeMs * random(),
      now,
    });
    if (stale.isCancelled) decoding.push(stale.staleMs);
  }
  return { decoding: timesOf(decoding), prefill: timesOf(prefill) };
}

/** Lets the engine work for `delayMs`; an engine that blocks its thread sees the clock between runs as it would a flag. */
async function cancelAfter(
  engine: CancellableEngine,
  {
    request,
    delayMs,
    now,
  }: { request: GenerateRequest; delayMs: number; now: () => number },
): Promise<{ result: GenerateResult; isCancelled: boolean; staleMs: number }> {
  const cancelMs = now() + delayMs;
  const result = await engine.generate(request, {
    isCancelled: () => now() >= cancelMs,
    onText: () => {},
  });
  return {
    result,
    isCancelled: result.generations[0]?.stopReason === "cancelled",
    staleMs: now() - cancelMs,
  };
}

function requestFor(
  text: string,
  { round, random }: { round: number; random: () => number },
): GenerateRequest {
  const numCharacters = PROMPT_TOKENS * CHARACTERS_PER_TOKEN;
  const start = Math.floor(random() * (text.length - numCharacters));
  return greedyRequest({
    prompt: text.slice(start, start + numCharacters),
    contextTokens: PROMPT_TOKENS,
    maxTokens: WRITTEN_TOKENS,
    cacheKey: `stale work ${round}`,
  });
}

function timesOf(values: readonly number[]): StaleTimes {
  return {
    count: values.length,
    p50: quantile(values, 0.5) ?? 0,
    p95: quantile(values, 0.95) ?? 0,
    max: values.length === 0 ? 0 : Math.max(...values),
  };
}
