// Why a wait was long: what the model did, and for whom, between the key and the decision.

import { PerformanceObserver } from "node:perf_hooks";
import type { Generator } from "../../src/completion/generator";

/** What most of a wait went to. */
export const CAUSES = [
  /** The model was still at work for an earlier cursor, or ahead for a later one. */
  "other work",
  /** Nothing of the prompt was in a cache. */
  "cold prompt",
  /** The prompt began elsewhere or was changed far above, so that more than half of it was read again. */
  "prompt read anew",
  /** Text that had come since. */
  "new text read",
  "writing",
  "garbage collection",
] as const;

export type Cause = (typeof CAUSES)[number];

/** One call of the generator, in the milliseconds of `performance.now()`. */
export interface CallTimes {
  prompt: string;
  startMs: number;
  endMs: number;
  prefillMs: number;
  decodeMs: number;
  promptTokens: number;
  reusedTokens: number;
}

/** A wait and the prompt that it waited for; undefined where nothing was asked. */
export interface Wait {
  startMs: number;
  endMs: number;
  prompt: string | undefined;
}

/** Notes every call, and the pauses of the garbage collector. */
export class CallRecorder {
  readonly calls: CallTimes[] = [];
  private readonly pauses: { startMs: number; ms: number }[] = [];
  private readonly observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      this.pauses.push({ startMs: startTime, ms: duration });
    }
  });
  private readonly running = new Set<Promise<unknown>>();

  constructor() {
    this.observer.observe({ entryTypes: ["gc"] });
  }

  watch(generator: Generator): Generator {
    return {
      generate: async (request, options) => {
        const startMs = performance.now();
        const answer = generator.generate(request, options);
        this.running.add(answer);
        try {
          const result = await answer;
          const { prompt } = request;
          this.calls.push({
            ...result,
            prompt,
            startMs,
            endMs: performance.now(),
          });
          return result;
        } finally {
          this.running.delete(answer);
        }
      },
    };
  }

  /** Waits for what is under way, and what follows it. */
  async settled(): Promise<void> {
    while (this.running.size > 0) {
      await Promise.allSettled(this.running);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** To be called when all is done. */
  causeOf(wait: Wait): Cause {
    const garbageMs = this.pauses
      .filter(({ startMs }) => startMs >= wait.startMs && startMs < wait.endMs)
      .reduce((sum, { ms }) => sum + ms, 0);
    return causeOf(wait, { calls: this.calls, garbageMs });
  }

  stop(): void {
    this.observer.disconnect();
  }
}

/** The largest part of a wait. */
export function causeOf(
  { startMs, endMs, prompt }: Wait,
  { calls, garbageMs }: { calls: readonly CallTimes[]; garbageMs: number },
): Cause {
  const waitMs = endMs - startMs;
  if (garbageMs > waitMs / 2) return "garbage collection";
  // A call for this cursor may have been under way before it was asked for.
  const own = calls.findLast(
    (call) =>
      call.endMs > startMs && call.startMs < endMs && call.prompt === prompt,
  );
  if (!own) return "other work";
  const workedMs = own.prefillMs + own.decodeMs;
  const queuedMs = Math.max(0, own.endMs - own.startMs - workedMs);
  const writingMs = waitMs - queuedMs - own.prefillMs;
  const largest = Math.max(queuedMs, own.prefillMs, writingMs);
  if (largest === queuedMs) return "other work";
  if (largest === writingMs) return "writing";
  if (own.reusedTokens === 0) return "cold prompt";
  return own.reusedTokens < own.promptTokens / 2
    ? "prompt read anew"
    : "new text read";
}
