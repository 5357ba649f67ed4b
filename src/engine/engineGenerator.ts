// The engine as a `Generator` of completion/, in this process: calls wait for each other, as they do in the worker.

import type {
  GenerateRequest,
  GenerateResult,
  MeasuredPiece,
  MeasureRequest,
  WrittenTokens,
} from "../protocol/generation";
import type { Engine } from "./engine";

/** A generator over a loaded engine. */
export function engineGenerator(engine: Engine) {
  let last: Promise<unknown> = Promise.resolve();
  return {
    get fillsInMiddle(): boolean {
      return engine.description.fillsInMiddle;
    },

    generate(
      request: GenerateRequest,
      options: {
        signal: AbortSignal;
        onText?(index: number, text: string, written?: WrittenTokens): void;
      },
    ): Promise<GenerateResult> {
      const result = last.then(() =>
        engine.generate(request, {
          isCancelled: () => options.signal.aborted,
          onText: (...text) => options.onText?.(...text),
        }),
      );
      last = result.catch(() => undefined);
      return result;
    },

    measureText(request: MeasureRequest): Promise<MeasuredPiece[]> {
      const result = last.then(() => engine.measureText(request));
      last = result.catch(() => undefined);
      return result;
    },
  };
}
