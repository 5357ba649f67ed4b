// The engine as completion/ wants it, in this process: calls wait for each other, as they do in the worker.

import type { Generator } from "../completion/generator";
import type { GenerateResult } from "../protocol/generation";
import type { Engine } from "./engine";

/** A generator over a loaded engine. */
export function engineGenerator(engine: Engine): Generator {
  let last: Promise<unknown> = Promise.resolve();
  return {
    generate(request, options): Promise<GenerateResult> {
      const result = last.then(() =>
        engine.generate(request, {
          isCancelled: () => options.signal.aborted,
          onText: (index, text) => options.onText?.(index, text),
        }),
      );
      last = result.catch(() => undefined);
      return result;
    },
  };
}
